// Owns: a client as its user writes it. Must never look into a message: results come from the core as values.
import Foundation

/// A connection to an MCP server.
///
/// ```swift
/// let client = try await Client.connect("http://127.0.0.1:8000/mcp")
/// let total = try await client.call("add", Add(a: 1, b: 2), as: Int.self)
/// await client.close()
/// ```
///
/// Cancelling the task that awaits a call cancels the call at the server. A client that is no longer referenced is
/// closed.
public final class Client: Sendable {
    let session: Session
    /// Servers of this process stay as long as their client.
    private let servers: [Server]
    /// The client that this one is a part of, and the name of the part.
    private let whole: (client: Client, member: String)?

    /// A client that begins to connect; calls may be made at once and wait for the connection.
    ///
    /// - Parameters:
    ///   - target: a URL, a ``Command`` or a ``Server``.
    ///   - options: how to connect and what to answer.
    /// - Throws: ``DovetailError`` with the code `invalid_argument` for a target that cannot be one.
    public convenience init(_ target: some Target, options: ClientOptions = ClientOptions()) throws {
        try self.init(target.endpoint, options: options)
    }

    init(_ endpoint: Endpoint, options: ClientOptions) throws {
        let key: UInt64 = 1
        let native = try NativeSession.client(key: key, config: options.config(for: endpoint))
        servers = endpoint.servers
        whole = nil
        session = Session(
            native, firstKey: key + 1, log: options.log, message: options.onLog, handler: options.answer)
    }

    init(member: String, of client: Client) {
        session = client.session
        servers = []
        whole = (client, member)
    }

    deinit {
        if whole == nil {
            session.abandon()
        }
    }

    /// A client that is connected.
    ///
    /// - Throws: ``DovetailError``, such as `transport`, `negotiation` or `child_exited`; `CancellationError`.
    public static func connect(_ target: some Target, options: ClientOptions = ClientOptions()) async throws -> Client {
        let client = try Client(target, options: options)
        _ = try await client.serverInfo()
        return client
    }

    /// Calls a tool.
    ///
    /// - Parameters:
    ///   - name: the name of the tool.
    ///   - arguments: what encodes as a JSON object.
    ///   - timeout: how long it may take; by default, what the client's options say.
    ///   - onProgress: receives progress, in order and before the call returns, on the thread that delivers the
    ///     client's events: it must not block. Progress that is not fetched in time is replaced by newer progress.
    /// - Throws: ``DovetailError``, `tool_error` when the tool reports an error; `CancellationError`.
    public func call(
        _ name: String, _ arguments: some Encodable = NoInput(), timeout: Duration? = nil,
        onProgress: ProgressHandler? = nil
    ) async throws -> CallResult {
        let payload = try await perform(name, arguments, timeout: timeout, raw: false, onProgress: onProgress)
        return try CallResult(payload)
    }

    /// Calls a tool and reads its value as a type. See the other form.
    ///
    /// - Throws: beside those of the other form, ``DovetailError`` with the code `malformed` when the value has
    ///   another shape.
    public func call<Value: Decodable>(
        _ name: String, _ arguments: some Encodable = NoInput(), as type: Value.Type, timeout: Duration? = nil,
        onProgress: ProgressHandler? = nil
    ) async throws -> Value {
        let payload = try await perform(name, arguments, timeout: timeout, raw: false, onProgress: onProgress)
        return try CallResult.value(in: payload, as: type)
    }

    /// Calls a tool; an error that the tool reports is a result with ``CallResult/isError`` set.
    ///
    /// - Throws: ``DovetailError``, but not for what the tool reports; `CancellationError`.
    public func callRaw(
        _ name: String, _ arguments: some Encodable = NoInput(), timeout: Duration? = nil,
        onProgress: ProgressHandler? = nil
    ) async throws -> CallResult {
        let payload = try await perform(name, arguments, timeout: timeout, raw: true, onProgress: onProgress)
        return try CallResult(payload)
    }

    /// The tools of the server, all pages.
    ///
    /// - Throws: ``DovetailError``; `CancellationError`.
    public func listTools() async throws -> [Tool] {
        struct Tools: Decodable {
            let tools: [Tool]
        }
        return try await operate("list_tools", as: Tools.self).tools
    }

    /// What the server says about itself, and the revision that was agreed on.
    ///
    /// - Throws: ``DovetailError``; `CancellationError`.
    public func serverInfo() async throws -> ServerInfo {
        try await operate("server_info", as: ServerInfo.self)
    }

    /// Lets calls that run finish until the deadline, cancels the rest and ends the connection; a process that was
    /// started ends as well. Idempotent.
    public func close(deadline: Duration = .seconds(5)) async {
        await session.close(deadline: deadline)
    }

    private func perform(
        _ name: String, _ arguments: some Encodable, timeout: Duration?, raw: Bool, onProgress: ProgressHandler?
    ) async throws -> Data {
        let params = JSON.object(["name": JSON.quote(name), "arguments": try text(of: arguments)])
        let options = JSON.object([
            "timeoutMs": timeout.map { String($0.milliseconds) },
            "progress": onProgress == nil ? nil : "true",
            "raw": raw ? "true" : nil,
        ])
        guard let onProgress else {
            return try await operate("call_tool", params, options: options)
        }
        return try await operate("call_tool", params, options: options) { event in
            if event.kind == .progress, let update = try? JSON.decode(ProgressUpdate.self, from: event.payload) {
                onProgress(update)
            }
        }
    }

    func text(of arguments: some Encodable) throws -> String {
        do {
            return try JSON.text(arguments)
        } catch let error as EncodingError {
            throw DovetailError(.invalidArgument, "the arguments: \(error)")
        }
    }

    /// Runs an operation of the boundary.
    func operate(
        _ operation: String, _ params: String = "{}", options: String = "{}", news: News? = nil
    ) async throws -> Data {
        let session = session
        let options = addressed(options)
        return try await session.perform(news: news) { key in
            try session.native.request(
                key: key, operation: operation, params: Data(params.utf8), options: Data(options.utf8))
        }
    }

    /// Options of an operation, with the member of the group that it is for.
    func addressed(_ options: String = "{}") -> String {
        guard let whole else { return options }
        let member = #""server":"# + JSON.quote(whole.member)
        return options.dropLast() + (options == "{}" ? "" : ",") + member + "}"
    }

    /// Runs an operation of the boundary and reads its result.
    func operate<Value: Decodable>(
        _ operation: String, _ params: String = "{}", options: String = "{}", as type: Value.Type
    ) async throws -> Value {
        let payload = try await operate(operation, params, options: options)
        do {
            return try JSON.decode(type, from: payload)
        } catch let error as DecodingError {
            throw DovetailError(.malformed, "the server's answer: " + JSON.explain(error))
        }
    }
}
