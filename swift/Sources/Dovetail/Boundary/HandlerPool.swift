// Owns: the threads that handlers run on. Must never be blocked by a handler that waits: that is what `await` is for.
import Foundation

/// As many threads as there are cores, like Swift's own pool. Calls come in bursts, and here a burst is one wake-up where
/// the own pool of the system takes one for each call.
@available(macOS 15.0, iOS 18.0, tvOS 18.0, watchOS 11.0, *)
final class HandlerPool: TaskExecutor, @unchecked Sendable {
    static let shared = HandlerPool(threads: usableCores)

    /// Guards everything below.
    private let condition = NSCondition()
    /// In order; those before `next` have been taken.
    private var jobs: [UnownedJob] = []
    private var next = 0
    private var idle = 0
    /// Whether a thread was woken that has not come yet; it will wake another one when there is work for two.
    private var isWaking = false

    /// How many cores this process may use. Linux says so as a mask in hexadecimal digits.
    private static var usableCores: Int {
        let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let allowed = status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
        let cores = allowed?.dropFirst("Cpus_allowed:".count).reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
        return cores ?? ProcessInfo.processInfo.activeProcessorCount
    }

    private init(threads: Int) {
        for _ in 0..<threads {
            let thread = Thread { [self] in work() }
            thread.name = "dovetail-handlers"
            thread.start()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        jobs.append(job)
        let wake = wantsAnother()
        condition.unlock()
        if wake {
            condition.signal()
        }
    }

    private func work() {
        while true {
            take().runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    private func take() -> UnownedJob {
        condition.lock()
        while next == jobs.count {
            idle += 1
            condition.wait()
            idle -= 1
            isWaking = false
        }
        let job = jobs[next]
        next += 1
        var wake = false
        if next == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            next = 0
        } else {
            wake = wantsAnother()
        }
        condition.unlock()
        if wake {
            condition.signal()
        }
        return job
    }

    /// Whether another thread is to be woken: after the lock was given back, or it would come only to wait for that.
    private func wantsAnother() -> Bool {
        guard idle > 0, !isWaking else { return false }
        isWaking = true
        return true
    }
}

extension Task where Success == Void, Failure == Never {
    /// Starts the handling of a call.
    static func handling(_ work: @escaping @Sendable () async -> Void) -> Task {
        if #available(macOS 15.0, iOS 18.0, tvOS 18.0, watchOS 11.0, *) {
            Task(executorPreference: HandlerPool.shared, operation: work)
        } else {
            Task(operation: work)
        }
    }
}
