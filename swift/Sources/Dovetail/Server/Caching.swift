// Owns: how long the answers of a server may be kept, as its author says it.

/// Answers that a client may keep.
public enum Cacheable: String, Sendable {
    /// What the server says about itself.
    case discover
    /// The list of tools.
    case tools
    /// The list of prompts.
    case prompts
    /// The list of resources.
    case resources
    /// The list of resource templates.
    case resourceTemplates
    /// What resources hold.
    case reads
}

/// How long an answer may be kept, and by whom.
public struct CacheHint: Hashable, Sendable {
    /// For whom an answer is the same.
    public enum Scope: String, Sendable {
        /// For everybody.
        case `public`
        /// For one user.
        case `private`
    }

    /// How long it may be kept.
    public var ttl: Duration
    /// For whom it is the same.
    public var scope: Scope

    public init(ttl: Duration, scope: Scope = .private) {
        self.ttl = ttl
        self.scope = scope
    }

    static func json(_ hints: [Cacheable: CacheHint]) -> String? {
        guard !hints.isEmpty else { return nil }
        let members = hints.sorted { $0.key.rawValue < $1.key.rawValue }.map { what, hint in
            let hint = JSON.object(["ttlMs": String(hint.ttl.milliseconds), "scope": JSON.quote(hint.scope.rawValue)])
            return JSON.quote(what.rawValue) + ":" + hint
        }
        return "{" + members.joined(separator: ",") + "}"
    }
}
