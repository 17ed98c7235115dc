// Owns: suggestions for values, the same on both sides of a connection.

/// What a value is wanted for.
public struct Completing: Decodable, Sendable {
    /// The name of the argument or variable.
    public let argument: String
    /// What has been typed so far.
    public let value: String
    /// The values of others, by name, as far as they are known.
    public let context: [String: String]

    private enum CodingKeys: String, CodingKey {
        case argument, value, context
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        argument = try container.decode(String.self, forKey: .argument)
        value = try container.decode(String.self, forKey: .value)
        context = try container.decodeIfPresent([String: String].self, forKey: .context) ?? [:]
    }
}

/// Suggests values, best first.
public typealias Completer = @Sendable (Completing) async throws -> [String]

/// Suggested values.
public struct Completion: Decodable, Sendable {
    /// The values, best first.
    public let values: [String]
    /// How many there are in all, when known.
    public let total: Int?
    /// Whether there are more.
    public let hasMore: Bool?
}
