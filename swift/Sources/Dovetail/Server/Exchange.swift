// Owns: HTTP requests that reach a server through somebody else's HTTP server.
// Must never interpret a request or an answer: the core does.
import Foundation

/// The answer of a server to an HTTP request that came by other means than its own listener.
public struct Exchange: Sendable {
    /// The head of an HTTP request, as a framework received it.
    public struct Head: Sendable {
        /// The method, such as `POST`.
        public var method: String
        /// The path with its query.
        public var path: String
        /// The headers, in order; several may have one name.
        public var headers: [(name: String, value: String)]

        public init(method: String, path: String, headers: [(name: String, value: String)]) {
            self.method = method
            self.path = path
            self.headers = headers
        }
    }

    /// The body of an answer. It may take as long as the handler behind it, and it can be iterated once.
    ///
    /// Whoever stops iterating, cancels the task that does, or lets go of the body says that the peer has gone: what
    /// is done for this peer alone is cancelled.
    public struct Body: AsyncSequence, Sendable {
        public struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate var chunks: AsyncThrowingStream<Data, any Error>.AsyncIterator
            fileprivate let reading: Reading

            public mutating func next() async throws -> Data? {
                try await chunks.next()
            }
        }

        fileprivate let chunks: AsyncThrowingStream<Data, any Error>
        fileprivate let stop: @Sendable () -> Void

        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(chunks: chunks.makeAsyncIterator(), reading: Reading(stop: stop))
        }
    }

    /// The status, such as 200.
    public let status: Int
    /// The headers, in order.
    public let headers: [(name: String, value: String)]
    /// The body, as it comes.
    public let body: Body
}

extension Server {
    /// Answers one HTTP request without a socket, for a server that is part of an application in Vapor, Hummingbird or
    /// another framework. Opens the server.
    ///
    /// ```swift
    /// let answer = try await server.exchange(head, body)
    /// reply.status = answer.status
    /// for try await chunk in answer.body {
    ///     try await reply.write(chunk)
    /// }
    /// ```
    ///
    /// Hand every request for the path of the endpoint on, whatever its method.
    ///
    /// - Parameters:
    ///   - head: the head of the request.
    ///   - body: the whole body. Read it with a bound: what is longer than the server's limit is refused.
    /// - Returns: the head of the answer, as soon as it is known, and a body that is still to come.
    /// - Throws: ``DovetailError``, such as `invalid_argument` for a head that is none, or `closed`;
    ///   `CancellationError`. What is wrong with the message is told to the peer, in the answer.
    public func exchange(_ head: Exchange.Head, _ body: Data = Data()) async throws -> Exchange {
        let (chunks, receive) = AsyncThrowingStream.makeStream(of: Data.self, throwing: (any Error).self)
        let session = try session()
        let key = session.takeKey()
        let stop: @Sendable () -> Void = { session.cancel(key) }
        receive.onTermination = { reason in
            if case .cancelled = reason {
                stop()
            }
        }
        let answer: AnswerHead = try await session.cancelling(key) { continuation in
            session.begin(key, .exchange(head: continuation, chunks: receive)) { key in
                try session.native.exchange(key: key, head: Data(head.json.utf8), body: body)
            }
        }
        return Exchange(
            status: answer.status, headers: answer.headers, body: Exchange.Body(chunks: chunks, stop: stop))
    }
}

/// Ends with its iterator, and the exchange with it; one that is over takes no notice.
private final class Reading: Sendable {
    private let stop: @Sendable () -> Void

    init(stop: @escaping @Sendable () -> Void) {
        self.stop = stop
    }

    deinit {
        stop()
    }
}

/// Status and headers as the boundary has them.
private struct AnswerHead: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]

    init(_ event: Event) throws {
        struct Body: Decodable {
            let headers: [[String]]
        }
        status = Int(event.code)
        headers = try JSON.decode(Body.self, from: event.payload).headers.map { ($0[0], $0[1]) }
    }
}

extension Exchange.Head {
    fileprivate var json: String {
        JSON.object([
            "method": JSON.quote(method),
            "path": JSON.quote(path),
            "headers": JSON.array(headers.map { JSON.array([JSON.quote($0.name), JSON.quote($0.value)]) }),
        ])
    }
}

extension Operation {
    /// An exchange: whoever waits gets the head or the failure before it, the chunks get what follows.
    fileprivate static func exchange(
        head: CheckedContinuation<AnswerHead, any Error>, chunks: AsyncThrowingStream<Data, any Error>.Continuation
    ) -> Operation {
        let waiting = Locked<CheckedContinuation<AnswerHead, any Error>?>(head)
        return Operation(
            complete: { result in
                var failure: (any Error)?
                if case .failure(let error) = result {
                    failure = error
                }
                waiting.with { $0.take() }?.resume(
                    throwing: failure ?? DovetailError(.internal, "the answer has no head"))
                chunks.finish(throwing: failure)
            },
            news: { event in
                if event.kind == .chunk {
                    chunks.yield(event.payload)
                } else if let head = waiting.with({ $0.take() }) {
                    head.resume(with: Result { try AnswerHead(event) })
                }
            })
    }
}
