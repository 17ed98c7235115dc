// Owns: programs that a client can start.

/// A program to start as a server that speaks over its standard input and output. No shell ever sees it.
public struct Command: Sendable {
    /// The program, by path or by name on `PATH`.
    public var program: String
    /// Its arguments, each as it is.
    public var arguments: [String]
    /// Environment variables beside the few that are always passed on, such as `PATH` and `HOME`.
    public var environment: [String: String]
    /// Its working directory; nil for that of this process.
    public var directory: String?
    /// Whether a program that ended at the first message of a newer revision, as servers of older ones may, is started
    /// once more and spoken to as they expect.
    public var respawn: Bool

    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], directory: String? = nil,
        respawn: Bool = true
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.respawn = respawn
    }
}
