// Owns: what an operation gives piece by piece, as a sequence that ends the operation when nobody iterates any more.

/// A sequence behind one operation. It can be iterated once.
struct Delivery<Element: Sendable>: Sendable {
    struct Iterator {
        fileprivate var elements: AsyncThrowingStream<Element, any Error>.AsyncIterator
        /// Ends with the iterator.
        fileprivate let reading: Reading

        mutating func next() async throws -> Element? {
            try await elements.next()
        }
    }

    fileprivate let elements: AsyncThrowingStream<Element, any Error>
    /// Ends the operation; may come after its end and more than once.
    fileprivate let stop: @Sendable () -> Void

    func makeIterator() -> Iterator {
        Iterator(elements: elements.makeAsyncIterator(), reading: Reading(stop: stop))
    }
}

/// What one event of such an operation says.
enum Delivered<Beginning: Sendable, Element: Sendable> {
    case beginning(Beginning)
    case element(Element)
}

extension Session {
    /// Runs an operation that says how it begins and then gives one element after the other. Cancelling the task before
    /// the beginning cancels the operation.
    ///
    /// - Parameters:
    ///   - limit: how many elements wait for a slow reader; beyond it the newest replace the oldest. nil is no limit.
    ///   - read: takes an event apart; nil for what is of no matter.
    func deliver<Beginning: Sendable, Element: Sendable>(
        limit: Int? = nil, read: @escaping @Sendable (Event) throws -> Delivered<Beginning, Element>?,
        _ start: (_ key: UInt64) throws -> Void
    ) async throws -> (Beginning, Delivery<Element>) {
        let (elements, receive) = AsyncThrowingStream.makeStream(
            of: Element.self, throwing: (any Error).self,
            bufferingPolicy: limit.map { .bufferingNewest($0) } ?? .unbounded)
        let key = takeKey()
        let stop: @Sendable () -> Void = { self.cancel(key) }
        receive.onTermination = { reason in
            if case .cancelled = reason {
                stop()
            }
        }
        let beginning: Beginning = try await cancelling(key) { continuation in
            let waiting = Locked<CheckedContinuation<Beginning, any Error>?>(continuation)
            let operation = Operation(
                complete: { result in
                    let failure: DovetailError? = if case .failure(let error) = result { error } else { nil }
                    waiting.with { $0.take() }?.resume(
                        throwing: failure ?? DovetailError(.internal, "the operation ended before it began"))
                    receive.finish(throwing: failure)
                },
                news: { event in
                    do {
                        switch try read(event) {
                        case .beginning(let beginning): waiting.with { $0.take() }?.resume(returning: beginning)
                        case .element(let element): receive.yield(element)
                        case nil: break
                        }
                    } catch {
                        waiting.with { $0.take() }?.resume(throwing: error)
                    }
                })
            begin(key, operation, start)
        }
        return (beginning, Delivery(elements: elements, stop: stop))
    }
}

/// Stops something when it is let go.
private final class Reading: Sendable {
    private let stop: @Sendable () -> Void

    init(stop: @escaping @Sendable () -> Void) {
        self.stop = stop
    }

    deinit {
        stop()
    }
}
