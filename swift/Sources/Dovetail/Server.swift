// Owns: a server as its author writes it: tools with typed handlers, and where it serves.
// Must never look into a message: the core validates arguments, speaks the protocol and decides outcomes.
import Foundation

/// An MCP server: tools written as typed functions.
///
/// ```swift
/// struct Add: Codable { var a: Int; var b: Int }
///
/// let server = Server("demo")
/// try server.tool("add", "Add two numbers") { (input: Add) in input.a + input.b }
/// try await server.serve(.stdio)
/// ```
///
/// A server that is no longer referenced is closed.
public final class Server: Sendable {
    private struct State {
        var tools: [ToolDefinition] = []
        var session: Session?
    }

    private let info: String
    private let instructions: String?
    private let stateKeys: String?
    private let log: LogHandler
    private let state = Locked(State())

    /// A server that has no tools yet and does not serve yet.
    ///
    /// - Parameters:
    ///   - name: the name that clients see.
    ///   - version: the version that clients see.
    ///   - instructions: how a model should use the tools together.
    ///   - stateKeys: the keys that seal interrupted requests, `"id:base64"` with commas between; the first one seals,
    ///     all of them open. Instances behind one address need the same keys. Default: a random key.
    ///   - log: receives warnings and errors; default: standard error.
    public init(
        _ name: String, version: String = "0.0.0", instructions: String? = nil, stateKeys: String? = nil,
        log: LogHandler? = nil
    ) {
        info = JSON.object(["name": JSON.quote(name), "version": JSON.quote(version)])
        self.instructions = instructions
        self.stateKeys = stateKeys
        self.log = log ?? logToStandardError
    }

    deinit {
        state.with { $0.session }?.abandon()
    }

    /// Adds a tool whose handler takes the input and a ``Context``.
    ///
    /// The handler runs in a task of its own, which is cancelled with the call. What it returns is the result; what it
    /// throws is reported to the caller as a tool error with the error's text. Text and ``JSONValue`` results declare no
    /// output schema; other results that are `Codable` declare the schema of their type.
    ///
    /// - Parameters:
    ///   - name: the name by which it is called, unique in the server.
    ///   - description: what it does, for the model.
    ///   - input: the schema of the input, in place of the one of its type.
    ///   - output: the schema of the result, in place of the one of its type.
    ///   - annotations: hints for clients, as the specification has them.
    ///   - asks: what the handler asks its user; a client that cannot answer is refused before the handler runs.
    ///   - handler: the tool itself.
    /// - Throws: ``DefinitionError`` when no schema can be read from a type, ``DovetailError`` with the code
    ///   `invalid_state` when the server serves already.
    public func tool<Input: Decodable & Sendable, Output: Encodable & Sendable>(
        _ name: String, _ description: String? = nil, input: Schema? = nil, output: Schema? = nil,
        annotations: JSONValue? = nil, asks: [InputKind] = [],
        _ handler: @escaping @Sendable (_ input: Input, _ context: Context) async throws -> Output
    ) throws {
        let definition = JSON.object([
            "name": JSON.quote(name),
            "description": description.map(JSON.quote),
            "inputSchema": try (input ?? Schema(of: Input.self)).json,
            "outputSchema": try (output ?? ToolDefinition.outputSchema(of: Output.self))?.json,
            "annotations": annotations?.description,
            "asks": asks.isEmpty ? nil : JSON.array(asks.map { JSON.quote($0.rawValue) }),
        ])
        let run: ToolDefinition.Run = { arguments, context in
            try JSON.encode(try await handler(JSON.decode(Input.self, from: arguments), context))
        }
        try state.with { state in
            guard state.session == nil else {
                throw DovetailError(code: .invalidState, detail: "tools are added before the server serves")
            }
            state.tools.append(ToolDefinition(json: definition, run: run))
        }
    }

    /// Adds a tool whose handler takes the input only. See the other form.
    public func tool<Input: Decodable & Sendable, Output: Encodable & Sendable>(
        _ name: String, _ description: String? = nil, input: Schema? = nil, output: Schema? = nil,
        annotations: JSONValue? = nil, asks: [InputKind] = [],
        _ handler: @escaping @Sendable (_ input: Input) async throws -> Output
    ) throws {
        try tool(name, description, input: input, output: output, annotations: annotations, asks: asks) {
            (input: Input, _: Context) in try await handler(input)
        }
    }

    /// Serves until the transport ends, the server is closed or the task is cancelled. One server may serve several
    /// transports at once.
    ///
    /// - Parameters:
    ///   - transport: `.stdio` or `.http("127.0.0.1:8000")`.
    ///   - onReady: is told when it listens, with the URL for HTTP.
    /// - Throws: ``DovetailError``, such as `transport` for an address that is taken; `CancellationError`.
    public func serve(_ transport: Transport, onReady: (@Sendable (_ url: String?) -> Void)? = nil) async throws {
        let session = try session()
        let ready: @Sendable (Data) -> Void = { payload in
            onReady?((try? JSON.decode(Ready.self, from: payload))?.url)
        }
        do {
            _ = try await session.perform(ready: ready) { key in
                try session.native.serve(key: key, config: Data(transport.json.utf8))
            }
        } catch let error as DovetailError where error.code == .closed {
            // Closing is how serving ends.
        }
    }

    /// Stops accepting calls, lets those that run finish until the deadline, cancels the rest. Idempotent.
    public func close(deadline: Duration = .seconds(5)) async {
        await state.with { $0.session }?.close(deadline: deadline)
    }

    /// The session behind the server, opened when it is needed first; the tools are fixed from then on.
    func session() throws -> Session {
        try state.with { state in
            if let session = state.session {
                return session
            }
            let tools = state.tools
            let config = JSON.object([
                "info": info,
                "instructions": instructions.map(JSON.quote),
                "tools": JSON.array(tools.map(\.json)),
                "stateKeys": stateKeys.map(JSON.quote),
            ])
            let native = try NativeSession.server(config: Data(config.utf8))
            let session = Session(native, log: log) { call in await tools[call.target].answer(call) }
            state.session = session
            return session
        }
    }

    private struct Ready: Decodable {
        let url: String?
    }
}
