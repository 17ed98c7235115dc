// Owns: the members of JSON objects and the elements of JSON arrays, as Decodable types ask for them.

/// The place of an element.
private struct Index: CodingKey {
    let intValue: Int?
    var stringValue: String { intValue.map(String.init) ?? "" }

    init(intValue: Int) {
        self.intValue = intValue
    }

    init?(stringValue: String) {
        nil
    }
}

struct ObjectDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    /// From here on, going through all members for each one is too slow.
    private static var indexed: Int { 16 }

    let codingPath: [any CodingKey]
    private let members: [JSONMember]
    private let places: [String: Int]?

    init(members: [JSONMember], codingPath: [any CodingKey]) {
        self.codingPath = codingPath
        self.members = members
        let names = members.count < Self.indexed ? nil : members.enumerated().map { ($1.name, $0) }
        places = names.map { Dictionary($0, uniquingKeysWith: { _, last in last }) }
    }

    var allKeys: [Key] {
        members.compactMap { Key(stringValue: $0.name) }
    }

    func contains(_ key: Key) -> Bool {
        find(key) != nil
    }

    func decodeNil(forKey key: Key) throws -> Bool {
        if case .null = try node(key) { true } else { false }
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try decoder(key).read(type)
    }

    // The types that most members have, without a look at what type is wanted.

    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try decoder(key).text()
    }

    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        try decoder(key).integer()
    }

    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try decoder(key).number { Double($0) }
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        try decoder(key).flag()
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        guard let key = Key(stringValue: "super") else {
            return JSONDecoding(node: .null, in: codingPath)
        }
        return try superDecoder(forKey: key)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        JSONDecoding(node: find(key) ?? .null, in: codingPath, at: key)
    }

    private func decoder(_ key: Key) throws -> JSONDecoding {
        JSONDecoding(node: try node(key), in: codingPath, at: key)
    }

    private func node(_ key: Key) throws -> JSONNode {
        guard let node = find(key) else {
            let text = "the member \(key.stringValue) is missing"
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: text))
        }
        return node
    }

    /// Of several members of one name, the last one counts.
    private func find(_ key: Key) -> JSONNode? {
        if let places {
            return places[key.stringValue].map { members[$0].value }
        }
        let name = key.stringValue
        return members.last { $0.name == name }?.value
    }
}

struct ArrayDecoding: UnkeyedDecodingContainer {
    let elements: [JSONNode]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(elements: [JSONNode], codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    mutating func decodeNil() throws -> Bool {
        guard case .null = try next(JSONValue.self).node else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try next(type).read(type)
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        let container = try next(type).container(keyedBy: type)
        currentIndex += 1
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try next([JSONValue].self).unkeyedContainer()
        currentIndex += 1
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = try next(JSONValue.self)
        currentIndex += 1
        return decoder
    }

    private func next(_ type: any Any.Type) throws -> JSONDecoding {
        let place = Index(intValue: currentIndex)
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type, .init(codingPath: codingPath + [place], debugDescription: "the array has no such element"))
        }
        return JSONDecoding(node: elements[currentIndex], in: codingPath, at: place)
    }
}
