// Owns: what a client can connect to.

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

/// What a client can connect to: a URL as a `String`, a ``Command``, or a ``Server`` of this process. A string is never
/// a command.
public protocol Target: Sendable {
    /// Opaque; made by the package.
    var endpoint: Endpoint { get }
}

/// A target in the terms of the boundary.
public struct Endpoint: Sendable {
    let members: JSONValue
    var server: Server?
    /// nil for what is no program.
    var respawn: Bool?

    /// The target with HTTP headers, as JSON.
    func json(headers: [String: String]) -> String {
        guard case .object(var members) = members, !headers.isEmpty else { return members.description }
        members["headers"] = .object(headers.mapValues(JSONValue.string))
        return JSONValue.object(members).description
    }
}

extension String: Target {
    public var endpoint: Endpoint {
        Endpoint(members: ["url": .string(self)])
    }
}

extension Command: Target {
    public var endpoint: Endpoint {
        var members: [String: JSONValue] = [
            "command": .string(program),
            "args": .array(arguments.map(JSONValue.string)),
            "env": .object(environment.mapValues(JSONValue.string)),
        ]
        members["cwd"] = directory.map(JSONValue.string)
        return Endpoint(members: .object(members), respawn: respawn)
    }
}

extension Server: Target {
    public var endpoint: Endpoint {
        Endpoint(members: ["server": true], server: self)
    }
}
