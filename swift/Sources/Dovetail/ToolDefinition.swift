// Owns: a registered tool without its types: JSON in, JSON out.
import Foundation

/// What a handler may ask the user of a client for.
public enum InputKind: String, Sendable {
    /// A form: ``Context/elicit(_:schema:name:)`` and ``Context/confirm(_:name:)``.
    case form
}

struct ToolDefinition: Sendable {
    typealias Run = @Sendable (_ arguments: Data, _ context: Context) async throws -> Data

    /// The definition as the boundary has it.
    let json: String
    let run: Run

    func answer(_ call: IncomingCall) async -> Answer {
        do {
            return .value(try await run(call.payload, Context(call)))
        } catch {
            return .failure(Self.text(of: error))
        }
    }

    /// What a caller may read of an error.
    static func text(of error: any Error) -> String {
        switch error {
        case let error as DecodingError: JSON.explain(error)
        case let error as LocalizedError: error.errorDescription ?? String(describing: error)
        default: String(describing: error)
        }
    }

    /// The schema that a result type declares: none for text and for JSON of any shape.
    static func outputSchema<Output>(of type: Output.Type) throws -> Schema? {
        if type == String.self || type == JSONValue.self {
            return nil
        }
        guard let decodable = type as? any Decodable.Type else { return nil }
        return try Schema(of: decodable)
    }
}
