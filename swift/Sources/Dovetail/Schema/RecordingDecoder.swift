// Owns: the decoder that answers every question of a type's `init(from:)` with a sample, and notes the question.

/// What one type asked for.
final class RecordedFields {
    private let recorder: SchemaRecorder
    private let type: any Any.Type
    private var fields: [(name: String, schema: Schema)] = []
    private var optional: Set<String> = []
    private var single: Schema?
    private var isKeyed = false

    init(recorder: SchemaRecorder, type: any Any.Type) {
        self.recorder = recorder
        self.type = type
    }

    func beginKeyed() {
        isKeyed = true
    }

    func noteOptional(_ name: String) {
        optional.insert(name)
    }

    func field<Value: Decodable>(_ name: String, _ type: Value.Type) throws -> Value {
        let (schema, value) = try recorder.record(type)
        if !fields.contains(where: { $0.name == name }) {
            fields.append((name, schema))
        }
        return value
    }

    func whole<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let (schema, value) = try recorder.record(type)
        single = schema
        return value
    }

    func unreadable(_ reason: String) -> DefinitionError {
        recorder.unreadable(type, reason)
    }

    func schema() throws -> Schema {
        switch (single, isKeyed) {
        case (let single?, false):
            return single
        case (nil, true):
            return .object(fields.map { Property($0.name, $0.schema, required: !optional.contains($0.name)) })
        default:
            throw unreadable("its init(from:) follows no pattern that is known here")
        }
    }
}

struct RecordingDecoder: Decoder {
    let fields: RecordedFields
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        fields.beginKeyed()
        return KeyedDecodingContainer(RecordingKeyedContainer(fields: fields))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw fields.unreadable("it decodes itself from an array")
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        RecordingValueContainer(fields: fields)
    }
}

private struct RecordingKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let fields: RecordedFields
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool {
        true
    }

    /// Only a type for which the value may be absent asks this.
    func decodeNil(forKey key: Key) -> Bool {
        fields.noteOptional(key.stringValue)
        return false
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try fields.field(key.stringValue, type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        throw fields.unreadable("it takes \(key.stringValue) apart by itself")
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw fields.unreadable("it takes \(key.stringValue) apart by itself")
    }

    func superDecoder() throws -> any Decoder {
        throw fields.unreadable("it inherits from another class")
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        throw fields.unreadable("it inherits from another class")
    }
}

private struct RecordingValueContainer: SingleValueDecodingContainer {
    let fields: RecordedFields
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool {
        false
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try fields.whole(type)
    }
}
