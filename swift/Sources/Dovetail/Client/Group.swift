// Owns: several servers as one client. Must never resolve a name: the core does.

extension Client {
    /// A client of several servers, connected to all of them.
    ///
    /// ```swift
    /// let client = try await Client.group(["files": Command("files"), "web": "https://example.org/mcp"])
    /// ```
    ///
    /// A tool or prompt that one member has keeps its name; of those that several have, each is called
    /// `member_name`. What is listed says which member it comes from.
    ///
    /// - Parameters:
    ///   - members: the servers, by names of your own. Of two members with the same resource, the first one counts.
    ///   - options: how to connect to each of them, and what to answer.
    /// - Throws: ``DovetailError`` when one of them cannot be reached; its text names the member. `CancellationError`.
    public static func group(
        _ members: KeyValuePairs<String, any Target>, options: ClientOptions = ClientOptions()
    ) async throws -> Client {
        try await group(Array(members).map { ($0.key, $0.value) }, options: options)
    }

    /// A client of several servers whose number is not known beforehand. See the other form.
    public static func group(
        _ members: [(name: String, target: any Target)], options: ClientOptions = ClientOptions()
    ) async throws -> Client {
        let names = Set(members.map(\.name))
        guard names.count == members.count else {
            throw DovetailError(.invalidArgument, "two members of a group have the same name")
        }
        let endpoint = Endpoint(place: .group(members.map { ($0.name, $0.target.endpoint) }))
        let client = try Client(endpoint, options: options)
        _ = try await client.serverInfo()
        return client
    }

    /// The same client for one member of its group alone, with the names that things have there. It is closed with the
    /// whole group.
    public func member(_ name: String) -> Client {
        Client(member: name, of: self)
    }
}
