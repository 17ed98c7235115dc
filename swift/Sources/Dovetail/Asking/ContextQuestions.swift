// Owns: what a handler may ask beside forms, and the steps that it does not take twice.
import Foundation

extension Context {
    /// Asks the user behind the call to visit a page, for what must not pass through the client.
    ///
    /// - Parameters:
    ///   - message: why.
    ///   - url: the page.
    ///   - name: a name for the question; by default, its place among the questions of the handler.
    /// - Returns: what the user did. `accept` says that the page was opened, not that anything was done there.
    /// - Throws: as ``elicit(_:schema:name:)``.
    public func elicitURL(
        _ message: String, url: String, name: String? = nil
    ) async throws -> Elicitation<JSONValue>.Action {
        let answer: Elicitation<JSONValue> = try await answer(to: .url(message, url: url), name: name)
        return answer.action
    }

    /// Asks the model of the client.
    ///
    /// - Throws: as ``elicit(_:schema:name:)``.
    public func sample(_ request: SampleRequest, name: String? = nil) async throws -> SampleResult {
        try await answer(to: .sample(request), name: name)
    }

    /// The places that the client lets servers work in.
    ///
    /// - Throws: as ``elicit(_:schema:name:)``.
    public func listRoots(name: String? = nil) async throws -> [Root] {
        let answer: Roots = try await answer(to: .roots, name: name)
        return answer.roots
    }

    /// Asks several questions at once, in one round.
    ///
    /// - Parameter questions: the questions, by names of their own.
    /// - Throws: as ``elicit(_:schema:name:)``.
    public func ask(_ questions: [String: Ask]) async throws -> Answers {
        let named = questions.sorted { $0.key < $1.key }.map { JSON.quote($0.key) + ":" + $0.value.json() }
        let question = JSON.object([
            "kind": JSON.quote("many"), "questions": "{" + named.joined(separator: ",") + "}",
        ])
        return Answers(raw: try JSON.decode([String: JSONValue].self, from: await put(question)))
    }

    /// Does something at most once in a call, even where the handler runs again for the sake of its questions: a later
    /// run gets the value of the first one.
    ///
    /// - Parameters:
    ///   - name: a name for the step, unique in the handler.
    ///   - work: what to do; when it throws, nothing is recorded.
    /// - Throws: what `work` throws; ``DovetailError``, such as `limit_exceeded` for a value that is too large;
    ///   ``Suspended``.
    public func step<Value: Codable & Sendable>(
        _ name: String, _ work: () async throws -> Value
    ) async throws -> Value {
        let recall = JSON.object(["kind": JSON.quote("recall"), "name": JSON.quote(name)])
        let recorded = try JSON.decode(Recorded<Value>.self, from: await put(recall))
        if let value = recorded.value {
            return value
        }
        let value = try await work()
        let body = JSON.object(["name": JSON.quote(name), "value": try JSON.text(value)])
        try record(Data(body.utf8))
        return value
    }

    /// Lets the connection of the caller go, for work that outlasts connections: where a protocol revision has streams
    /// that can be taken up again, the caller fetches the rest later; elsewhere nothing happens.
    ///
    /// - Parameter retry: when the caller should come back.
    /// - Throws: ``DovetailError``, `stale_call` when the call is over.
    public func detach(retry: Duration? = nil) async throws {
        let question = JSON.object([
            "kind": JSON.quote("detach"), "retryMs": retry.map { String($0.milliseconds) },
        ])
        _ = try await put(question)
    }

    private func answer<Value: Decodable>(to ask: Ask, name: String?) async throws -> Value {
        try JSON.decode(Value.self, from: await put(ask.json(name: name)))
    }
}

/// What an earlier run recorded. A value may be `null`, which is not the same as none.
private struct Recorded<Value: Decodable>: Decodable {
    let value: Value?

    private enum CodingKeys: String, CodingKey {
        case value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        value = container.contains(.value) ? .some(try container.decode(Value.self, forKey: .value)) : nil
    }
}
