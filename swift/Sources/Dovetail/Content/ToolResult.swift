// Owns: the result of a tool that is more than a value.
import Foundation

/// A whole result, for tools that return content of their own making. A tool may also return a ``Content`` or an array
/// of them.
public struct ToolResult: Encodable, Sendable {
    /// The content blocks.
    public var content: [Content]
    /// The structured content, when there is any.
    public var structuredContent: JSONValue?
    /// Whether the tool reports an error.
    public var isError: Bool?
    /// Metadata.
    public var meta: JSONValue?

    /// - Parameters:
    ///   - content: the content blocks.
    ///   - structured: the structured content; it has to satisfy the output schema, if the tool has one.
    ///   - isError: whether the tool reports an error.
    ///   - meta: metadata.
    public init(
        _ content: [Content], structured: JSONValue? = nil, isError: Bool = false, meta: JSONValue? = nil
    ) {
        self.content = content
        structuredContent = structured
        self.isError = isError ? true : nil
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case content, structuredContent, isError
        case meta = "_meta"
    }

    /// The answer that a tool's return value stands for.
    static func answer(_ output: some Encodable) throws -> Answer {
        if let text = output as? String {
            return .text(text)
        }
        if let plain = try JSONWriter.plain(output) {
            return .value(plain)
        }
        return switch output {
        case let result as ToolResult: .whole(try JSON.encode(result))
        case let block as Content: .whole(try JSON.encode(ToolResult([block])))
        case let blocks as [Content]: .whole(try JSON.encode(ToolResult(blocks)))
        default: .value(try JSON.encode(output))
        }
    }

    /// The schema that a result type declares: none for text, for JSON of any shape and for content.
    static func schema<Output>(of type: Output.Type) throws -> Schema? {
        let undeclared: [any Any.Type] = [
            String.self, JSONValue.self, ToolResult.self, Content.self, [Content].self,
        ]
        guard !undeclared.contains(where: { $0 == type }), let decodable = type as? any Decodable.Type else {
            return nil
        }
        return try Schema(of: decodable)
    }
}
