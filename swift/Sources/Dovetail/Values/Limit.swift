// Owns: what a user does with limits. Their names and defaults are generated; the core keeps them.

extension Limit {
    /// What holds unless another value is set; nil for a name that is unknown here.
    public var standard: Int? {
        Self.standards[self]
    }

    /// The member of a configuration; nil when there are none.
    static func json(_ limits: [Limit: Int]) -> String? {
        guard !limits.isEmpty else { return nil }
        let sorted = limits.sorted { $0.key.rawValue < $1.key.rawValue }
        return "{" + sorted.map { JSON.quote($0.key.rawValue) + ":" + String($0.value) }.joined(separator: ",") + "}"
    }
}
