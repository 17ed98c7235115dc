// Owns: the one way in which Swift values become JSON bytes and come back.
import Foundation

enum JSON {
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = .withoutEscapingSlashes
        return encoder
    }()

    static func encode(_ value: some Encodable) throws -> Data {
        try JSONWriter.plain(value) ?? encoder.encode(value)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        try decode(type, from: JSONParser.parse(data))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from node: JSONNode) throws -> Value {
        try JSONDecoding(node: node).read(type)
    }

    /// A JSON string with its quotes.
    static func quote(_ text: String) -> String {
        var writer = JSONWriter()
        writer.write(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// An object of members that are JSON already, in this order, without those that are nil.
    static func object(_ members: KeyValuePairs<String, String?>) -> String {
        let present = members.compactMap { name, json in json.map { quote(name) + ":" + $0 } }
        return "{" + present.joined(separator: ",") + "}"
    }

    static func array(_ elements: [String]) -> String {
        "[" + elements.joined(separator: ",") + "]"
    }

    /// A value as JSON text.
    static func text(_ value: some Encodable) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }

    /// The icons of a definition; nil when there are none.
    static func list(_ icons: [Icon]) -> String? {
        // Text always encodes.
        icons.isEmpty ? nil : try? text(icons)
    }

    /// The questions of a definition; nil when there are none.
    static func list(_ asks: [InputKind]) -> String? {
        asks.isEmpty ? nil : array(asks.map { quote($0.rawValue) })
    }

    /// One line about a decoding error: where, and what is wrong there.
    static func explain(_ error: DecodingError) -> String {
        let context =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default:
                DecodingError.Context(codingPath: [], debugDescription: "the value cannot be read")
            }
        let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
        return "/" + path.joined(separator: "/") + ": " + context.debugDescription
    }
}
