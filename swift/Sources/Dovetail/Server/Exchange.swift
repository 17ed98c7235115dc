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
            fileprivate var chunks: Delivery<Data>.Iterator

            public mutating func next() async throws -> Data? {
                try await chunks.next()
            }
        }

        fileprivate let chunks: Delivery<Data>

        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(chunks: chunks.makeIterator())
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
    /// Hand every request for the path of the endpoint on, whatever its method. Requests may name the hosts of this
    /// machine, and others while `.exchange(allowedHosts:allowedOrigins:)` is served.
    ///
    /// - Parameters:
    ///   - head: the head of the request.
    ///   - body: the whole body. Read it with a bound: what is longer than the server's limit is refused.
    /// - Returns: the head of the answer, as soon as it is known, and a body that is still to come.
    /// - Throws: ``DovetailError``, such as `invalid_argument` for a head that is none, or `closed`;
    ///   `CancellationError`. What is wrong with the message is told to the peer, in the answer.
    public func exchange(_ head: Exchange.Head, _ body: Data = Data()) async throws -> Exchange {
        let session = try session()
        let (answer, chunks) = try await session.deliver(read: AnswerHead.read) { key in
            try session.native.exchange(key: key, head: Data(head.json.utf8), body: body)
        }
        return Exchange(status: answer.status, headers: answer.headers, body: Exchange.Body(chunks: chunks))
    }
}

/// Status and headers as the boundary has them.
private struct AnswerHead: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]

    private init(_ event: Event) throws {
        struct Body: Decodable {
            let headers: [[String]]
        }
        status = Int(event.code)
        headers = try JSON.decode(Body.self, from: event.payload).headers.map { ($0[0], $0[1]) }
    }

    @Sendable static func read(_ event: Event) throws -> Delivered<AnswerHead, Data>? {
        event.kind == .chunk ? .element(event.payload) : .beginning(try AnswerHead(event))
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
