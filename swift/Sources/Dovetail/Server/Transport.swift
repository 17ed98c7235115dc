// Owns: where a server serves, as its author says it.

/// Where a server serves.
public struct Transport: Sendable {
    let json: String

    /// Standard input and output. Standard output then belongs to the protocol: the program must not print there.
    public static let stdio = Transport(json: JSON.object(["stdio": "true"]))

    /// Streamable HTTP.
    ///
    /// - Parameters:
    ///   - address: `"host:port"`; port 0 picks one.
    ///   - path: the path of the endpoint, by default `/mcp`.
    ///   - allowedHosts: host names under which it may be reached, beside those of this machine.
    ///   - allowedOrigins: web origins that may call it, beside those of this machine.
    ///   - sse: whether to serve clients of the first protocol revision as well, on two endpoints of their own.
    public static func http(
        _ address: String, path: String? = nil, allowedHosts: [String]? = nil, allowedOrigins: [String]? = nil,
        sse: Bool = false
    ) -> Transport {
        Transport(
            json: JSON.object([
                "http": JSON.quote(address),
                "path": path.map(JSON.quote),
                "sse": sse ? "true" : nil,
                "allowedHosts": allowedHosts.map { JSON.array($0.map(JSON.quote)) },
                "allowedOrigins": allowedOrigins.map { JSON.array($0.map(JSON.quote)) },
            ]))
    }

    /// Somebody else's HTTP server, which hands its requests to ``Server/exchange(_:_:)``. As long as this is served,
    /// those may name other hosts than this machine; without it they may not.
    ///
    /// - Parameters:
    ///   - allowedHosts: host names under which it may be reached, beside those of this machine.
    ///   - allowedOrigins: web origins that may call it, beside those of this machine.
    public static func exchange(allowedHosts: [String] = [], allowedOrigins: [String] = []) -> Transport {
        Transport(
            json: JSON.object([
                "exchange": "true",
                "allowedHosts": JSON.array(allowedHosts.map(JSON.quote)),
                "allowedOrigins": JSON.array(allowedOrigins.map(JSON.quote)),
            ]))
    }
}
