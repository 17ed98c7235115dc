// Owns: a value behind a lock. Must never hold the lock over an await; the closure form sees to that.
import Foundation

/// A value that several threads may touch, one at a time.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    /// Runs `body` with the value; `body` must not block and must not take another lock.
    func with<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
