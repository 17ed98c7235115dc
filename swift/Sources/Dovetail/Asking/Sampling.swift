// Owns: requests to the model of a client and its answers, the same on both sides of a connection.

/// One message of a conversation with a model. A single block or several may come as its content.
public struct SampleMessage: Codable, Hashable, Sendable {
    /// Who says it.
    public let role: Role
    /// What is said.
    public let content: [Content]

    public init(_ role: Role, _ content: [Content]) {
        self.role = role
        self.content = content
    }

    /// Something that the user says.
    public static func user(_ text: String) -> SampleMessage {
        SampleMessage(.user, [.text(text)])
    }

    /// Something that the model said.
    public static func assistant(_ text: String) -> SampleMessage {
        SampleMessage(.assistant, [.text(text)])
    }

    private enum CodingKeys: String, CodingKey {
        case role, content
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        role = try container.decode(Role.self, forKey: .role)
        content = try Blocks.decode(container, forKey: .content)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(role, forKey: .role)
        try Blocks.encode(content, into: &container, forKey: .content)
    }
}

/// What a client's model is asked.
public struct SampleRequest: Codable, Sendable {
    /// The conversation so far.
    public var messages: [SampleMessage]
    /// How long the answer may be.
    public var maxTokens: Int
    /// What the model is told beside the conversation.
    public var systemPrompt: String?
    /// How much the answer may vary.
    public var temperature: Double?
    /// Texts that end the answer.
    public var stopSequences: [String]?
    /// Which model is preferred, as the specification has it.
    public var modelPreferences: JSONValue?
    /// Tools that the model may use, as the specification has them.
    public var tools: [JSONValue]?
    /// How the model uses them, as the specification has it.
    public var toolChoice: JSONValue?
    /// What the client may add of other servers, as the specification has it.
    public var includeContext: String?
    /// Metadata for the client's provider.
    public var metadata: JSONValue?

    /// A conversation.
    public init(_ messages: [SampleMessage], maxTokens: Int, systemPrompt: String? = nil) {
        self.messages = messages
        self.maxTokens = maxTokens
        self.systemPrompt = systemPrompt
    }

    /// One question.
    public init(_ text: String, maxTokens: Int, systemPrompt: String? = nil) {
        self.init([.user(text)], maxTokens: maxTokens, systemPrompt: systemPrompt)
    }
}

/// What a client's model answered.
public struct SampleResult: Codable, Sendable {
    /// The name of the model.
    public var model: String
    /// Who speaks; most often the model.
    public var role: Role
    /// What it says.
    public var content: [Content]
    /// Why it stopped, such as `endTurn`.
    public var stopReason: String?

    /// The text of the answer.
    public var text: String { content.compactMap(\.text).joined() }

    public init(_ content: [Content], model: String, role: Role = .assistant, stopReason: String? = "endTurn") {
        self.model = model
        self.role = role
        self.content = content
        self.stopReason = stopReason
    }

    /// An answer of one text.
    public init(_ text: String, model: String) {
        self.init([.text(text)], model: model)
    }

    private enum CodingKeys: String, CodingKey {
        case model, role, content, stopReason
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        model = try container.decode(String.self, forKey: .model)
        role = try container.decode(Role.self, forKey: .role)
        content = try Blocks.decode(container, forKey: .content)
        stopReason = try container.decodeIfPresent(String.self, forKey: .stopReason)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(model, forKey: .model)
        try container.encode(role, forKey: .role)
        try Blocks.encode(content, into: &container, forKey: .content)
        try container.encodeIfPresent(stopReason, forKey: .stopReason)
    }
}

/// Content that is written as one block or as several.
private enum Blocks {
    static func decode<Key>(_ container: KeyedDecodingContainer<Key>, forKey key: Key) throws -> [Content] {
        let blocks = try container.decode(JSONValue.self, forKey: key)
        return (blocks.array ?? [blocks]).map(Content.init(raw:))
    }

    static func encode<Key>(
        _ blocks: [Content], into container: inout KeyedEncodingContainer<Key>, forKey key: Key
    ) throws {
        if blocks.count == 1 {
            try container.encode(blocks[0], forKey: key)
        } else {
            try container.encode(blocks, forKey: key)
        }
    }
}
