// Owns: what the handlers of one fixture share: its counters, and the calls that wait to be let go.

package actor Shared {
    private var counters: [String: Int] = [:]
    private var waiting: [AsyncStream<Void>.Continuation] = []

    package init() {}

    @discardableResult func count(_ name: String) -> Int {
        counters[name, default: 0] += 1
        return counters[name, default: 0]
    }

    func value(of name: String) -> Int {
        counters[name, default: 0]
    }

    /// A stream that gives one element when `release` is called.
    func hold() -> AsyncStream<Void> {
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        waiting.append(release)
        return released
    }

    func release() {
        for release in waiting {
            release.yield()
        }
        waiting = []
    }
}
