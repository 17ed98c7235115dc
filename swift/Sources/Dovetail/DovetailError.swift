// Owns: the one error of the package and its codes. The codes themselves are generated.
import Foundation

/// Why an operation did not succeed. Compare with the constants, such as ``toolError``; a later version may add codes.
public struct ErrorCode: RawRepresentable, Hashable, Sendable {
    /// The number of the code, the same in every language.
    public let rawValue: Int32

    /// A code from its number.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The name of the code, in snake case, the same in every language.
    public var name: String {
        Self.names[self] ?? "unknown"
    }
}

/// A failed operation.
public struct DovetailError: Error, Sendable {
    /// A JSON-RPC error object as it came from the peer.
    public struct RPC: Codable, Hashable, Sendable {
        /// The wire code.
        public let code: Int
        /// The peer's message.
        public let message: String
        /// The peer's data.
        public let data: JSONValue?
    }

    /// What kind of failure.
    public let code: ErrorCode
    /// The name of the code.
    public let name: String
    /// What happened and what to do, one line.
    public let detail: String
    /// Whether to try again: `permanent`, `temporary` (later, unchanged) or `persistent` (after something has changed).
    public let retry: String
    /// The error object of the peer, when one came.
    public let rpc: RPC?
    /// The HTTP status, when one came.
    public let http: Int?
    /// Facts by name, for logs.
    public let context: [String: String]

    /// An error of your own, for a handler that refuses what it was asked for.
    ///
    /// - Parameters:
    ///   - code: what kind of failure, such as ``ErrorCode/unknownResource``.
    ///   - detail: what happened and what to do, one line that the peer may read.
    public init(_ code: ErrorCode, _ detail: String) {
        self.code = code
        name = code.name
        self.detail = detail
        retry = "permanent"
        rpc = nil
        http = nil
        context = [:]
    }

    /// Reads an error body of the boundary.
    init(code: Int32, body: Data) {
        let body = try? JSON.decode(Body.self, from: body)
        self.code = ErrorCode(rawValue: code)
        name = body?.name ?? self.code.name
        detail = body?.detail ?? "the error has no readable body"
        retry = body?.retry ?? "permanent"
        rpc = body?.rpc
        http = body?.http
        context = body?.context ?? [:]
    }

    private struct Body: Decodable {
        let name: String
        let detail: String
        let retry: String
        let rpc: RPC?
        let http: Int?
        let context: [String: String]?
    }
}

extension DovetailError: CustomStringConvertible, LocalizedError {
    public var description: String { "\(name): \(detail)" }
    public var errorDescription: String? { description }
}

/// An error whose text a tool reports to its caller. Any other error works as well; this one needs no type of its own.
public struct ToolError: Error, Sendable, CustomStringConvertible {
    public let description: String

    /// An error with this text.
    public init(_ text: String) {
        description = text
    }
}

/// This run of a handler is over: its question travels to the user, and the handler runs again with the answer.
///
/// ``Context/elicit(_:schema:name:)`` throws it where a protocol revision works that way. Let it pass; whatever a
/// handler does after it, the run ends with the question.
public struct Suspended: Error, Sendable {}
