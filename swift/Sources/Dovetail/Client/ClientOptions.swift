// Owns: how a client connects, and what it answers to a server's questions.
import Foundation

/// How a client connects and what it answers. A client says to its servers that it can answer what it has handlers for.
public struct ClientOptions: Sendable {
    /// The name that servers see.
    public var name = "dovetail"
    /// The version that servers see.
    public var version = "0.0.0"
    /// HTTP headers to send, for URLs.
    public var headers: [String: String] = [:]
    /// The revision of the protocol to speak; `auto` finds out.
    public var revision = "auto"
    /// How long a call may take; nil is the default of the core.
    public var timeout: Duration?
    /// How long a call may take in all, however much progress it reports; nil is the default of the core.
    public var maxTotal: Duration?
    /// Whether progress gives a call its time anew; nil is the default of the core.
    public var resetOnProgress: Bool?
    /// Whether answers are kept as long as their server allows; nil is the default of the core.
    public var cache: Bool?
    /// The least important log messages to ask servers for; nil asks for none.
    public var logLevel: LogLevel?
    /// Puts questions of the server to the user.
    public var onElicit: ElicitHandler?
    /// Asks the user to visit a page.
    public var onElicitURL: ElicitURLHandler?
    /// Asks the model of this program.
    public var onSample: SampleHandler?
    /// Whether the model may use tools that a server brings along.
    public var sampleTools = false
    /// Names the places that servers may work in.
    public var onRoots: RootsHandler?
    /// Other bounds than the standard ones.
    public var limits: [Limit: Int] = [:]
    /// The layers around requests that go out and notifications that come in, the outermost first.
    public var layers: [Layer] = []
    /// Receives the log messages of servers.
    public var onLog: LogMessageHandler?
    /// Receives the log lines of this client itself; by default, warnings and errors go to standard error.
    public var log: LogHandler

    public init(
        headers: [String: String] = [:], revision: String = "auto", timeout: Duration? = nil,
        logLevel: LogLevel? = nil, onElicit: ElicitHandler? = nil, onElicitURL: ElicitURLHandler? = nil,
        onSample: SampleHandler? = nil, roots: [Root]? = nil, layers: [Layer] = [], onLog: LogMessageHandler? = nil,
        log: LogHandler? = nil
    ) {
        self.headers = headers
        self.revision = revision
        self.timeout = timeout
        self.logLevel = logLevel
        self.onElicit = onElicit
        self.onElicitURL = onElicitURL
        self.onSample = onSample
        if let roots {
            onRoots = { roots }
        }
        self.layers = layers
        self.onLog = onLog
        self.log = log ?? logToStandardError
    }

    func config(for endpoint: Endpoint) throws -> Data {
        let inputs: [(InputKind, Bool)] = [
            (.form, onElicit != nil), (.url, onElicitURL != nil), (.sample, onSample != nil), (.roots, onRoots != nil),
        ]
        let config = JSON.object([
            "target": try endpoint.json(headers: headers),
            "info": JSON.object(["name": JSON.quote(name), "version": JSON.quote(version)]),
            "inputs": JSON.array(inputs.filter(\.1).map { JSON.quote($0.0.rawValue) }),
            "sampleTools": sampleTools ? "true" : nil,
            "revision": JSON.quote(revision),
            "timeoutMs": timeout.map { String($0.milliseconds) },
            "maxTotalMs": maxTotal.map { String($0.milliseconds) },
            "resetOnProgress": resetOnProgress.map { $0 ? "true" : "false" },
            "cache": cache.map { $0 ? "true" : "false" },
            "logLevel": logLevel.map { JSON.quote($0.rawValue) },
            "limits": Limit.json(limits),
            "layers": LayerStack(layers).json,
            "respawn": endpoint.respawns ? nil : "false",
        ])
        return Data(config.utf8)
    }

    @Sendable func answer(_ call: IncomingCall) async -> Answer {
        if call.kind == .intercept {
            return await LayerStack(layers).answer(call, log: log)
        }
        do {
            guard let answer = try await answer(to: call.payload) else {
                return .failure("this client does not answer such questions")
            }
            return .value(answer)
        } catch {
            return .failure(Definition.text(of: error))
        }
    }

    /// The answer to a question, both as the boundary has them; nil when nobody answers questions of its kind.
    private func answer(to question: Data) async throws -> Data? {
        switch InputKind(rawValue: try JSON.decode(Kind.self, from: question).kind) {
        case .form:
            guard let onElicit else { return nil }
            return try JSON.encode(try await onElicit(JSON.decode(Question.self, from: question)))
        case .url:
            guard let onElicitURL else { return nil }
            let action = try await onElicitURL(JSON.decode(URLQuestion.self, from: question))
            return try JSON.encode(["action": action])
        case .sample:
            guard let onSample else { return nil }
            return try JSON.encode(try await onSample(JSON.decode(Sample.self, from: question).params))
        case .roots:
            guard let onRoots else { return nil }
            return try JSON.encode(Roots(roots: try await onRoots()))
        case nil:
            return nil
        }
    }

    private struct Kind: Decodable {
        let kind: String
    }

    private struct Sample: Decodable {
        let params: SampleRequest
    }
}
