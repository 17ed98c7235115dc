// Owns: how a client connects, and what it answers to a server's questions.
import Foundation

/// How a client connects and what it answers.
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
    /// Puts questions of the server to the user. A client without it says that it cannot answer.
    public var onElicit: ElicitHandler?
    /// Receives log lines; by default, warnings and errors go to standard error.
    public var log: LogHandler

    public init(
        headers: [String: String] = [:], revision: String = "auto", timeout: Duration? = nil,
        onElicit: ElicitHandler? = nil, log: LogHandler? = nil
    ) {
        self.headers = headers
        self.revision = revision
        self.timeout = timeout
        self.onElicit = onElicit
        self.log = log ?? logToStandardError
    }

    func config(target: String) -> Data {
        let inputs = onElicit == nil ? [] : [JSON.quote(InputKind.form.rawValue)]
        let config = JSON.object([
            "target": target,
            "info": JSON.object(["name": JSON.quote(name), "version": JSON.quote(version)]),
            "inputs": JSON.array(inputs),
            "revision": JSON.quote(revision),
            "timeoutMs": timeout.map { String($0.milliseconds) },
        ])
        return Data(config.utf8)
    }

    @Sendable func answer(_ call: IncomingCall) async -> Answer {
        guard let onElicit else {
            return .failure("this client does not answer questions")
        }
        do {
            let question = try JSON.decode(Question.self, from: call.payload)
            return .value(try JSON.encode(try await onElicit(question)))
        } catch {
            return .failure(ToolDefinition.text(of: error))
        }
    }
}
