// Owns: reading a schema out of a Decodable type, by decoding it from a source that records what it is asked for.
// Must never guess: what it cannot read is an error that says so.

/// Reads types, one inside the other. Each reading gives a schema and some value, with which the type around can go on.
final class SchemaRecorder {
    /// The types that are being read, outermost first.
    private var path: [any Any.Type] = []

    func record<Value: Decodable>(_ type: Value.Type) throws -> (schema: Schema, value: Value) {
        let (schema, value) = try recordAny(type)
        guard let value = value as? Value else {
            throw unreadable(type, "it is not what it says")
        }
        return (schema, value)
    }

    func unreadable(_ type: any Any.Type, _ reason: String) -> DefinitionError {
        DefinitionError(
            "no schema can be read from \(type): \(reason); let it conform to ToolInput and write its schema")
    }

    private func recordAny(_ type: any Decodable.Type) throws -> (schema: Schema, value: Any) {
        if let plain = PlainType.all[ObjectIdentifier(type)] {
            return (plain.schema, plain.sample)
        }
        if let container = type as? any RecordableContainer.Type {
            return try container.record(with: self)
        }
        if let choice = type as? any CaseIterable.Type {
            return try recordCases(choice)
        }
        if path.contains(where: { $0 == type }) {
            throw unreadable(type, "it contains itself")
        }
        path.append(type)
        defer { path.removeLast() }
        return try recordFields(type)
    }

    private func recordFields(_ type: any Decodable.Type) throws -> (schema: Schema, value: Any) {
        let fields = RecordedFields(recorder: self, type: type)
        let value: any Decodable
        do {
            value = try type.init(from: RecordingDecoder(fields: fields))
        } catch let error as DefinitionError {
            throw error
        } catch {
            throw unreadable(type, "its init(from:) refuses a sample value")
        }
        if let described = type as? any ToolInput.Type {
            return (described.schema, value)
        }
        return (try fields.schema(), value)
    }

    private func recordCases<Choice: CaseIterable>(_ type: Choice.Type) throws -> (schema: Schema, value: Any) {
        let cases = Array(type.allCases)
        guard let first = cases.first else {
            throw unreadable(type, "it has no cases")
        }
        let values = cases.compactMap { ($0 as? any RawRepresentable).map { $0.rawValue as Any } }
        if let texts = values as? [String], texts.count == cases.count {
            return (.choice(texts), first)
        }
        if let numbers = values as? [Int], numbers.count == cases.count {
            return (Schema.integer.with("enum", .array(numbers.map(JSONValue.int))), first)
        }
        throw unreadable(type, "its cases have no raw values of type String or Int")
    }
}
