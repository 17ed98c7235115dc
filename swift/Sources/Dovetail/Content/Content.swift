// Owns: the blocks of content that tools, prompts and models exchange. A block that came keeps every member it had.
import Foundation

/// One block of content.
public struct Content: Codable, Hashable, Sendable {
    /// The whole block.
    public let raw: JSONValue

    /// The kind of block, such as `text` or `image`.
    public var type: String { raw["type"]?.string ?? "" }
    /// The text of a text block.
    public var text: String? { raw["text"]?.string }
    /// The bytes of an image or a recording.
    public var data: Data? { raw["data"]?.string.flatMap { Data(base64Encoded: $0) } }
    /// The kind of image or recording.
    public var mimeType: String? { raw["mimeType"]?.string }
    /// The contents of an embedded resource.
    public var resource: ResourceContents? { try? raw["resource"]?.decode(as: ResourceContents.self) }

    /// A block of any kind, as the specification has it.
    public init(raw: JSONValue) {
        self.raw = raw
    }

    public init(from decoder: any Decoder) throws {
        raw = try JSONValue(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try raw.encode(to: encoder)
    }

    /// Text.
    public static func text(_ text: String) -> Content {
        Content(raw: ["type": "text", "text": .string(text)])
    }

    /// An image.
    public static func image(_ bytes: Data, mimeType: String) -> Content {
        Content(raw: media("image", bytes, mimeType))
    }

    /// A recording.
    public static func audio(_ bytes: Data, mimeType: String) -> Content {
        Content(raw: media("audio", bytes, mimeType))
    }

    /// The contents of a resource, inside the answer.
    public static func resource(_ contents: ResourceContents) -> Content {
        Content(raw: ["type": "resource", "resource": contents.raw])
    }

    /// The address of a resource, to be read by whoever wants it.
    public static func link(
        _ uri: String, name: String, title: String? = nil, description: String? = nil, mimeType: String? = nil
    ) -> Content {
        var members: [String: JSONValue] = ["type": "resource_link", "uri": .string(uri), "name": .string(name)]
        members["title"] = title.map(JSONValue.string)
        members["description"] = description.map(JSONValue.string)
        members["mimeType"] = mimeType.map(JSONValue.string)
        return Content(raw: .object(members))
    }

    /// The same block with hints for whoever shows it.
    public func annotated(_ annotations: Annotations) -> Content {
        guard case .object(var members) = raw else { return self }
        members["annotations"] = try? JSONValue(encoding: annotations)
        return Content(raw: .object(members))
    }

    private static func media(_ type: String, _ bytes: Data, _ mimeType: String) -> JSONValue {
        ["type": .string(type), "data": .string(bytes.base64EncodedString()), "mimeType": .string(mimeType)]
    }
}

/// For whom something is meant and how much it matters.
public struct Annotations: Codable, Hashable, Sendable {
    /// Who should see it: `user`, `assistant`.
    public var audience: [Role]?
    /// From 0, which may be left out, to 1, which is needed.
    public var priority: Double?
    /// When it changed last, as ISO 8601 text.
    public var lastModified: String?

    public init(audience: [Role]? = nil, priority: Double? = nil, lastModified: String? = nil) {
        self.audience = audience
        self.priority = priority
        self.lastModified = lastModified
    }
}

/// Who speaks.
public enum Role: String, Codable, Sendable {
    case user
    case assistant
}

/// A picture that stands for a tool, a resource or a prompt.
public struct Icon: Codable, Hashable, Sendable {
    /// Where it is: an `https:` or `data:` URI.
    public var src: String
    /// Its kind, when the address does not say.
    public var mimeType: String?
    /// Its sizes, such as `48x48` or `any`.
    public var sizes: [String]?
    /// The background that it is made for, `light` or `dark`.
    public var theme: String?

    public init(_ src: String, mimeType: String? = nil, sizes: [String]? = nil, theme: String? = nil) {
        self.src = src
        self.mimeType = mimeType
        self.sizes = sizes
        self.theme = theme
    }
}
