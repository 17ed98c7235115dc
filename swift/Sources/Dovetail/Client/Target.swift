// Owns: what a client can connect to, as its user writes it and as the boundary has it.

/// What a client can connect to: a URL as a `String`, an ``Address`` with headers, a ``Command``, or a ``Server`` of this
/// process. A string is never a command.
public protocol Target: Sendable {
    /// Opaque; made by the package.
    var endpoint: Endpoint { get }
}

/// A URL with HTTP headers of its own, for a member of a group.
public struct Address: Target {
    /// Where the server is.
    public var url: String
    /// Headers to send to it.
    public var headers: [String: String]

    public init(_ url: String, headers: [String: String] = [:]) {
        self.url = url
        self.headers = headers
    }

    public var endpoint: Endpoint { Endpoint(place: .address(self)) }
}

extension String: Target {
    public var endpoint: Endpoint { Endpoint(place: .address(Address(self))) }
}

extension Command: Target {
    public var endpoint: Endpoint { Endpoint(place: .command(self)) }
}

extension Server: Target {
    public var endpoint: Endpoint { Endpoint(place: .server(self)) }
}

/// A target in the terms of the boundary.
public struct Endpoint: Sendable {
    enum Place: Sendable {
        case address(Address)
        case command(Command)
        case server(Server)
        case group([(name: String, endpoint: Endpoint)])
    }

    let place: Place

    /// The servers of this process in it.
    var servers: [Server] {
        switch place {
        case .address, .command: []
        case .server(let server): [server]
        case .group(let members): members.flatMap(\.endpoint.servers)
        }
    }

    /// Whether a program that ended at its first message is started once more.
    var respawns: Bool {
        switch place {
        case .address, .server: true
        case .command(let command): command.respawn
        case .group(let members): members.allSatisfy(\.endpoint.respawns)
        }
    }

    /// The target as JSON. Opens the servers in it.
    ///
    /// - Parameter headers: HTTP headers for a URL.
    /// - Throws: ``DovetailError``, such as `invalid_argument` for headers of a group.
    func json(headers: [String: String]) throws -> String {
        switch place {
        case .address(let address):
            let headers = headers.merging(address.headers) { _, own in own }
            return JSON.object([
                "url": JSON.quote(address.url), "headers": headers.isEmpty ? nil : try JSON.text(headers),
            ])
        case .command(let command):
            return JSON.object([
                "command": JSON.quote(command.program),
                "args": JSON.array(command.arguments.map(JSON.quote)),
                "env": try JSON.text(command.environment),
                "cwd": command.directory.map(JSON.quote),
            ])
        case .server(let server):
            return JSON.object(["server": String(try server.session().id)])
        case .group(let members):
            guard headers.isEmpty else {
                throw DovetailError(
                    .invalidArgument, "headers of a group would go to every server: give each an Address with its own")
            }
            let places = try members.map { JSON.quote($0.name) + ":" + (try $0.endpoint.json(headers: [:])) }
            return JSON.object(["group": "{" + places.joined(separator: ",") + "}"])
        }
    }
}
