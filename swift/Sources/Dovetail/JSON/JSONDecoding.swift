// Owns: Decodable types out of JSON that was taken apart. Dates are ISO 8601, data is base64.
import Foundation

/// Decodes one value.
struct JSONDecoding: Decoder {
    let node: JSONNode
    /// Where it is; put together only when somebody asks, which is when something is wrong.
    private let parents: [any CodingKey]
    private let key: (any CodingKey)?

    init(node: JSONNode, in parents: [any CodingKey] = [], at key: (any CodingKey)? = nil) {
        self.node = node
        self.parents = parents
        self.key = key
    }

    var codingPath: [any CodingKey] { key.map { parents + [$0] } ?? parents }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = node else { throw mismatch("an object", [String: Any].self) }
        return KeyedDecodingContainer(ObjectDecoding(members: members, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = node else { throw mismatch("an array", [Any].self) }
        return ArrayDecoding(elements: elements, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        self
    }

    /// Reads the node as a type.
    func read<Value: Decodable>(_ type: Value.Type) throws -> Value {
        // Comparing types costs nothing where they are known, as they are in most places.
        if type == String.self { return try cast(text()) }
        if type == Int.self { return try cast(integer() as Int) }
        if type == Double.self { return try cast(number { Double($0) }) }
        if type == Bool.self { return try cast(flag()) }
        if type == JSONValue.self { return try cast(JSONValue(node)) }
        if let value = try rareInteger(type) { return value }
        if type == Float.self { return try cast(number { Float($0) }) }
        if type == Decimal.self { return try cast(number { Decimal(string: $0) }) }
        if type == Date.self { return try cast(converted("a date in ISO 8601") { try? Date($0, strategy: .iso8601) }) }
        if type == Data.self { return try cast(converted("data in base64") { Data(base64Encoded: $0) }) }
        if type == URL.self { return try cast(converted("a URL") { URL(string: $0) }) }
        return try type.init(from: self)
    }

    private func rareInteger<Value>(_ type: Value.Type) throws -> Value? {
        if type == Int64.self { return try cast(integer() as Int64) }
        if type == Int32.self { return try cast(integer() as Int32) }
        if type == Int16.self { return try cast(integer() as Int16) }
        if type == Int8.self { return try cast(integer() as Int8) }
        if type == UInt.self { return try cast(integer() as UInt) }
        if type == UInt64.self { return try cast(integer() as UInt64) }
        if type == UInt32.self { return try cast(integer() as UInt32) }
        if type == UInt16.self { return try cast(integer() as UInt16) }
        if type == UInt8.self { return try cast(integer() as UInt8) }
        return nil
    }

    private func cast<From, Value>(_ value: From) throws -> Value {
        guard let value = value as? Value else { throw mismatch("\(Value.self)", Value.self) }
        return value
    }

    func integer<Integer: FixedWidthInteger>() throws -> Integer {
        // A whole number may be written with a fraction of zero or an exponent.
        guard case .number(let text) = node,
            let integer = Integer(text) ?? Double(text).flatMap({ Integer(exactly: $0) })
        else { throw mismatch("\(Integer.self)", Integer.self) }
        return integer
    }

    func text() throws -> String {
        guard case .string(let text) = node else { throw mismatch("a string", String.self) }
        return text
    }

    func flag() throws -> Bool {
        guard case .bool(let flag) = node else { throw mismatch("a boolean", Bool.self) }
        return flag
    }

    func number<Number>(_ read: (String) -> Number?) throws -> Number {
        guard case .number(let text) = node, let number = read(text) else { throw mismatch("a number", Number.self) }
        return number
    }

    private func converted<Value>(_ what: String, _ convert: (String) -> Value?) throws -> Value {
        guard let value = convert(try text()) else { throw mismatch(what, Value.self) }
        return value
    }

    func mismatch(_ wanted: String, _ type: any Any.Type) -> DecodingError {
        let text = "\(wanted) is expected, \(node.kind) is there"
        return .typeMismatch(type, .init(codingPath: codingPath, debugDescription: text))
    }
}

extension JSONDecoding: SingleValueDecodingContainer {
    func decodeNil() -> Bool {
        if case .null = node { true } else { false }
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try read(type)
    }
}
