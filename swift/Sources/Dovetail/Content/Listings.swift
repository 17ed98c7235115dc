// Owns: what a server offers, as its clients see it.

/// A tool as a server describes it.
public struct Tool: Decodable, Sendable {
    /// The name by which it is called.
    public let name: String
    /// A name for people.
    public let title: String?
    /// What it does.
    public let description: String?
    /// The JSON Schema of its input.
    public let inputSchema: JSONValue
    /// The JSON Schema of its structured result, when it declares one.
    public let outputSchema: JSONValue?
    /// Hints, as the specification has them.
    public let annotations: JSONValue?
    /// Pictures that stand for it.
    public let icons: [Icon]?
    /// The member of a group that it comes from.
    public let server: String?
}

/// A resource as a server describes it.
public struct Resource: Decodable, Sendable {
    /// Where it is.
    public let uri: String
    /// Its name.
    public let name: String
    /// A name for people.
    public let title: String?
    /// What it is.
    public let description: String?
    /// Its kind.
    public let mimeType: String?
    /// Its size in bytes, when known.
    public let size: Int?
    /// For whom it is and how much it matters.
    public let annotations: Annotations?
    /// Pictures that stand for it.
    public let icons: [Icon]?
    /// The member of a group that it comes from.
    public let server: String?
}

/// A family of resources as a server describes it.
public struct ResourceTemplate: Decodable, Sendable {
    /// The pattern of their URIs (RFC 6570).
    public let uriTemplate: String
    /// Its name.
    public let name: String
    /// A name for people.
    public let title: String?
    /// What they are.
    public let description: String?
    /// Their kind, when they have one in common.
    public let mimeType: String?
    /// For whom they are and how much they matter.
    public let annotations: Annotations?
    /// Pictures that stand for them.
    public let icons: [Icon]?
    /// The member of a group that it comes from.
    public let server: String?
}

/// A prompt as a server describes it.
public struct Prompt: Decodable, Sendable {
    /// What a prompt has to be told.
    public struct Argument: Decodable, Sendable {
        /// Its name.
        public let name: String
        /// A name for people.
        public let title: String?
        /// What to put there.
        public let description: String?
        /// Whether it has to be there.
        public let required: Bool?
    }

    /// The name by which it is asked for.
    public let name: String
    /// A name for people.
    public let title: String?
    /// What it is for.
    public let description: String?
    /// What it has to be told.
    public let arguments: [Argument]?
    /// Pictures that stand for it.
    public let icons: [Icon]?
    /// The member of a group that it comes from.
    public let server: String?
}
