// Owns: the places that a client lets its servers work in.

/// A place that a client lets its servers work in.
public struct Root: Codable, Hashable, Sendable {
    /// Where it is: a `file:` URI.
    public var uri: String
    /// A name for people.
    public var name: String?

    public init(_ uri: String, name: String? = nil) {
        self.uri = uri
        self.name = name
    }
}

/// The list as the boundary has it.
struct Roots: Codable {
    let roots: [Root]
}
