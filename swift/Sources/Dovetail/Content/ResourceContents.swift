// Owns: what resources hold, and what a handler may give for it.
import Foundation

/// What a resource holds: text or bytes.
public struct ResourceContents: Codable, Hashable, Sendable {
    /// The whole entry.
    public let raw: JSONValue

    /// Where it is from.
    public var uri: String { raw["uri"]?.string ?? "" }
    /// Its kind.
    public var mimeType: String? { raw["mimeType"]?.string }
    /// The text, unless it is bytes.
    public var text: String? { raw["text"]?.string }
    /// The bytes, unless it is text.
    public var data: Data? { raw["blob"]?.string.flatMap { Data(base64Encoded: $0) } }

    public init(from decoder: any Decoder) throws {
        raw = try JSONValue(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try raw.encode(to: encoder)
    }

    private init(_ uri: String, _ mimeType: String?, _ name: String, _ value: String) {
        var members: [String: JSONValue] = ["uri": .string(uri), name: .string(value)]
        members["mimeType"] = mimeType.map(JSONValue.string)
        raw = .object(members)
    }

    /// Text.
    public static func text(_ uri: String, _ text: String, mimeType: String? = nil) -> ResourceContents {
        ResourceContents(uri, mimeType, "text", text)
    }

    /// Bytes.
    public static func bytes(_ uri: String, _ bytes: Data, mimeType: String? = nil) -> ResourceContents {
        ResourceContents(uri, mimeType, "blob", bytes.base64EncodedString())
    }
}

/// What the handler of a resource may return: text, bytes, or the contents of one or more resources.
public protocol ResourceOutput: Sendable {
    /// The contents, when `uri` was asked for.
    func contents(uri: String, mimeType: String?) -> [ResourceContents]
}

extension String: ResourceOutput {
    public func contents(uri: String, mimeType: String?) -> [ResourceContents] {
        [.text(uri, self, mimeType: mimeType)]
    }
}

extension Data: ResourceOutput {
    public func contents(uri: String, mimeType: String?) -> [ResourceContents] {
        [.bytes(uri, self, mimeType: mimeType)]
    }
}

extension ResourceContents: ResourceOutput {
    public func contents(uri: String, mimeType: String?) -> [ResourceContents] { [self] }
}

extension [ResourceContents]: ResourceOutput {
    public func contents(uri: String, mimeType: String?) -> [ResourceContents] { self }
}

/// What reading a resource gave.
public struct ReadResult: Decodable, Sendable {
    /// The contents, most often one entry.
    public let contents: [ResourceContents]
    /// The whole result, as it came.
    public let raw: JSONValue

    public init(from decoder: any Decoder) throws {
        raw = try JSONValue(from: decoder)
        contents = try (raw["contents"] ?? []).decode()
    }
}
