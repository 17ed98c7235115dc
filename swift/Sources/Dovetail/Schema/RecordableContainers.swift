// Owns: the generic types of the standard library, whose schema follows from that of their elements.

/// A type that is read by reading its elements.
protocol RecordableContainer {
    static func record(with recorder: SchemaRecorder) throws -> (schema: Schema, value: Any)
}

extension Optional: RecordableContainer where Wrapped: Decodable {
    static func record(with recorder: SchemaRecorder) throws -> (schema: Schema, value: Any) {
        (.nullable(try recorder.record(Wrapped.self).schema), Self.none as Any)
    }
}

extension Array: RecordableContainer where Element: Decodable {
    static func record(with recorder: SchemaRecorder) throws -> (schema: Schema, value: Any) {
        (.array(of: try recorder.record(Element.self).schema), Self())
    }
}

extension Set: RecordableContainer where Element: Decodable {
    static func record(with recorder: SchemaRecorder) throws -> (schema: Schema, value: Any) {
        let elements = Schema.array(of: try recorder.record(Element.self).schema)
        return (elements.with("uniqueItems", true), Self())
    }
}

extension Dictionary: RecordableContainer where Key: Decodable, Value: Decodable {
    static func record(with recorder: SchemaRecorder) throws -> (schema: Schema, value: Any) {
        guard Key.self == String.self else {
            throw recorder.unreadable(Self.self, "its keys are not of type String")
        }
        return (.dictionary(of: try recorder.record(Value.self).schema), Self())
    }
}
