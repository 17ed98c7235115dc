// Owns: a server as its author writes it: its options, what it offers, and where it serves.
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
        var offered: [Offer: [String]] = [:]
        var layers = LayerStack()
        var session: Session?
    }

    /// The configuration, but for what is offered.
    private let config: [(name: String, json: String)]
    private let log: LogHandler
    private let state = Locked(State())
    private let handlers = Locked(HandlerTable())

    /// A server that has no tools yet and does not serve yet.
    ///
    /// - Parameters:
    ///   - name: the name that clients see.
    ///   - version: the version that clients see.
    ///   - instructions: how a model should use the tools together.
    ///   - stateKeys: the keys that seal interrupted requests, `"id:base64"` with commas between; the first one seals,
    ///     all of them open. Instances behind one address need the same keys. Default: a random key.
    ///   - pageSize: how many entries one page of a list has; default: all of them.
    ///   - cache: how long clients may keep which answers; default: not at all.
    ///   - callTimeout: how long a call may take; default: as long as it likes.
    ///   - resumable: whether every answer travels on a stream that a client can take up again, where a protocol
    ///     revision has such streams.
    ///   - limits: other bounds than the standard ones.
    ///   - log: receives warnings and errors; default: standard error.
    public init(
        _ name: String, version: String = "0.0.0", instructions: String? = nil, stateKeys: String? = nil,
        pageSize: Int? = nil, cache: [Cacheable: CacheHint] = [:], callTimeout: Duration? = nil,
        resumable: Bool = false, limits: [Limit: Int] = [:], log: LogHandler? = nil
    ) {
        let options: KeyValuePairs<String, String?> = [
            "info": JSON.object(["name": JSON.quote(name), "version": JSON.quote(version)]),
            "instructions": instructions.map(JSON.quote),
            "stateKeys": stateKeys.map(JSON.quote),
            "pageSize": pageSize.map(String.init),
            "cache": CacheHint.json(cache),
            "callTimeoutMs": callTimeout.map { String($0.milliseconds) },
            "resumable": resumable ? "true" : nil,
            "limits": Limit.json(limits),
        ]
        config = options.compactMap { name, json in json.map { (name, $0) } }
        self.log = log ?? logToStandardError
    }

    deinit {
        state.with { $0.session }?.abandon()
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
        let ready: News = { event in
            if event.kind == .ready {
                onReady?((try? JSON.decode(Ready.self, from: event.payload))?.url)
            }
        }
        do {
            _ = try await session.perform(news: ready) { key in
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

    /// Offers something: at once when the server is open, else from the beginning.
    ///
    /// - Throws: ``DovetailError`` with the code `invalid_argument` when an open server refuses it.
    func offer(_ definition: Definition) throws {
        let (json, numbers) = handlers.with { $0.add(definition) }
        let session = state.with { state in
            if state.session == nil {
                state.offered[definition.offer, default: []].append(json)
            }
            return state.session
        }
        do {
            try session?.native.update(Data(#"{"add":{"\#(definition.offer.rawValue)":[\#(json)]}}"#.utf8))
        } catch {
            handlers.with { $0.discard(definition, numbers) }
            throw error
        }
    }

    /// Adds a layer around everything that comes in, inside of those that were added before.
    ///
    /// - Throws: ``DovetailError`` with the code `invalid_state` when the server is open.
    public func layer(_ layer: Layer) throws {
        try state.with { state in
            guard state.session == nil else {
                throw DovetailError(.invalidState, "the server is open: add layers before it is used")
            }
            state.layers.add(layer)
        }
    }

    /// Changes what is offered, or announces a change. Opens the server.
    func update(_ members: KeyValuePairs<String, String?>) throws {
        try session().native.update(Data(JSON.object(members).utf8))
    }

    /// Forgets the handlers of what is no longer offered.
    func forget(_ offer: Offer, _ id: String) {
        handlers.with { $0.remove(offer, id) }
    }

    /// The session behind the server, opened when it is needed first.
    func session() throws -> Session {
        try state.with { state in
            if let session = state.session {
                return session
            }
            let layers = state.layers
            let offered = Offer.allCases.map { ($0.rawValue, JSON.array(state.offered[$0] ?? [])) }
            let members = config + offered + (layers.json.map { [("layers", $0)] } ?? [])
            let json = "{" + members.map { JSON.quote($0) + ":" + $1 }.joined(separator: ",") + "}"
            let native = try NativeSession.server(config: Data(json.utf8))
            let (handlers, log) = (handlers, log)
            let session = Session(native, log: log) { call in
                if call.kind == .intercept {
                    return await layers.answer(call, log: log)
                }
                guard let entry = handlers.with({ $0.entry(call.target) }) else {
                    return .failure("this is no longer offered")
                }
                do {
                    return try await entry.run(call.payload, Context(call))
                } catch {
                    return entry.answer(to: error, log: log)
                }
            }
            state.session = session
            state.offered = [:]
            return session
        }
    }

    private struct Ready: Decodable {
        let url: String?
    }
}
