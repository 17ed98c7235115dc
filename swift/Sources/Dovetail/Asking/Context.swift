// Owns: what a handler may do while it runs. Must never decide what a question leads to: the core does.
import Foundation

/// The call that a handler works on. Valid until the handler returns; afterwards every method fails with `stale_call`.
public struct Context: Sendable {
    private let call: IncomingCall

    init(_ call: IncomingCall) {
        self.call = call
    }

    /// Whether the caller has given up. The handler's task is cancelled then as well.
    public var cancelled: Bool {
        call.isCancelled
    }

    /// What is known about the call. Asked of the core each time.
    ///
    /// - Throws: ``DovetailError``, `stale_call` when the call is over.
    public var info: CallInfo {
        get throws {
            try JSON.decode(CallInfo.self, from: call.session.native.callInfo(call: call.id))
        }
    }

    /// Tells the caller how far the work is; nothing happens when it did not ask for that.
    ///
    /// - Parameters:
    ///   - progress: how far, growing from call to call.
    ///   - total: how far it goes, when known.
    ///   - message: one line for a person.
    /// - Throws: ``DovetailError``, `stale_call` when the call is over.
    public func progress(_ progress: Double, total: Double? = nil, message: String? = nil) throws {
        let body = try JSON.encode(ProgressUpdate(progress: progress, total: total, message: message))
        try call.session.native.progress(call: call.id, progress: body)
    }

    /// Sends a log message to the caller's client; nothing happens when it asked for none of that level.
    ///
    /// - Parameters:
    ///   - level: how important it is.
    ///   - data: text, or anything else that encodes.
    ///   - logger: the part of the server that it comes from.
    /// - Throws: ``DovetailError``, `stale_call` when the call is over; `EncodingError`.
    public func log(_ level: LogLevel, _ data: some Encodable, logger: String? = nil) throws {
        let body = JSON.object([
            "level": JSON.quote(level.rawValue),
            "data": try JSON.text(data),
            "logger": logger.map(JSON.quote),
        ])
        try call.session.native.log(call: call.id, message: Data(body.utf8))
    }

    /// Asks the user behind the call to fill in a form.
    ///
    /// - Parameters:
    ///   - message: the question.
    ///   - schema: the fields of the form: an object of texts, numbers, booleans and choices.
    ///   - name: a name for the question; by default, its place among the questions of the handler.
    /// - Throws: ``Suspended`` when this run of the handler ends here: it will run again with the answer.
    ///   ``DovetailError`` with `unanswerable` when the client cannot ask its user; `CancellationError`.
    public func elicit(_ message: String, schema: Schema, name: String? = nil) async throws -> Elicitation<JSONValue> {
        try await elicit(message, schema: schema, name: name, as: JSONValue.self)
    }

    /// Asks the user behind the call to fill in a form with the fields of a type. See the other form.
    public func elicit<Content: Decodable & Sendable>(
        _ message: String, as type: Content.Type, name: String? = nil
    ) async throws -> Elicitation<Content> {
        try await elicit(message, schema: Schema(of: type), name: name, as: type)
    }

    /// Asks the user behind the call for a yes. Anything else is a no.
    ///
    /// - Throws: as ``elicit(_:schema:name:)``.
    public func confirm(_ message: String, name: String? = nil) async throws -> Bool {
        let question = JSON.object([
            "kind": JSON.quote("confirm"),
            "message": JSON.quote(message),
            "name": name.map(JSON.quote),
        ])
        return try JSON.decode(Bool.self, from: await put(question))
    }

    private func elicit<Content: Decodable & Sendable>(
        _ message: String, schema: Schema, name: String?, as type: Content.Type
    ) async throws -> Elicitation<Content> {
        let question = Ask.form(message, schema: schema).json(name: name)
        return try JSON.decode(Elicitation<Content>.self, from: await put(question))
    }

    /// Puts a question and gives the answer, both as the boundary has them.
    func put(_ question: String) async throws -> Data {
        let session = call.session
        do {
            return try await session.perform { key in
                try session.native.ask(call: call.id, key: key, question: Data(question.utf8))
            }
        } catch let error as DovetailError where error.code == .suspended {
            throw Suspended()
        }
    }

    /// Records the result of a step.
    func record(_ body: Data) throws {
        do {
            try call.session.native.record(call: call.id, step: body)
        } catch let error as DovetailError where error.code == .suspended {
            throw Suspended()
        }
    }
}

/// What is known about a call.
public struct CallInfo: Decodable, Sendable {
    /// The method of the request.
    public let method: String
    /// The name of the tool or prompt, or the URI of the resource.
    public let name: String?
    /// The revision of the protocol that the request speaks.
    public let revision: String?
    /// Whether the caller wants progress.
    public let progress: Bool?
    /// The name and version of the client, as it gives them.
    public let client: JSONValue?
    /// What the client can do.
    public let clientCapabilities: JSONValue?
    /// The metadata of the request.
    public let meta: JSONValue?
    /// On whose behalf the request comes, when that is known.
    public let principal: String?
    /// How often the call was interrupted by questions before.
    public let round: Int?
    /// The least important level of log messages that the caller wants, when it wants any.
    public let logLevel: LogLevel?
}
