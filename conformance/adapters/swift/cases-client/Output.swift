// Owns: standard output, one line at a time.
import Dovetail
import Foundation

enum Output {
    private static let lock = NSLock()

    static func say(_ line: JSONValue) {
        lock.withLock { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
    }
}
