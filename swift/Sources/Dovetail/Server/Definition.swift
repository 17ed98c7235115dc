// Owns: what a server offers without its types: JSON in, JSON out, each with the number by which the core calls it.
import Foundation

/// What a handler may ask of a client.
public enum InputKind: String, Sendable {
    /// A form: ``Context/elicit(_:schema:name:)`` and ``Context/confirm(_:name:)``.
    case form
    /// A visit to a page: ``Context/elicitURL(_:url:name:)``.
    case url
    /// An answer of its model: ``Context/sample(_:name:)``.
    case sample
    /// Its roots: ``Context/listRoots(name:)``.
    case roots
}

/// The lists of what a server offers, as the boundary names them.
enum Offer: String, CaseIterable {
    case tools, resources, resourceTemplates, prompts
}

/// Answers calls of one number.
typealias Run = @Sendable (_ payload: Data, _ context: Context) async throws -> Answer

/// One thing that a server offers.
struct Definition: Sendable {
    let offer: Offer
    /// What it is known by in its list.
    let id: String
    /// The members as the boundary has them, without the numbers.
    let members: [(name: String, json: String)]
    let run: Run
    let completers: [String: Run]

    init(
        _ offer: Offer, _ id: String, _ members: KeyValuePairs<String, String?>, completers: [String: Completer] = [:],
        run: @escaping Run
    ) {
        self.offer = offer
        self.id = id
        self.members = members.compactMap { name, json in json.map { (name, $0) } }
        self.run = run
        self.completers = completers.mapValues { completer in
            { payload, _ in
                .value(try JSON.encode(try await completer(JSON.decode(Completing.self, from: payload))))
            }
        }
    }

    /// What a caller may read of an error.
    static func text(of error: any Error) -> String {
        switch error {
        case let error as DecodingError: JSON.explain(error)
        case let error as LocalizedError: error.errorDescription ?? String(describing: error)
        default: String(describing: error)
        }
    }
}

/// A handler of a server.
struct HandlerEntry: Sendable {
    let run: Run
    /// Whether what it throws is the outcome of a call, for a model to read.
    let isTool: Bool
    /// What it serves, for the log.
    let id: String

    /// What a caller hears of an error that the handler threw.
    func answer(to error: any Error, log: LogHandler) -> Answer {
        switch error {
        case _ where isTool:
            return .failure(Definition.text(of: error))
        case let error as DovetailError:
            return .refusal(error)
        case is Suspended, is CancellationError:
            return .refusal(DovetailError(.cancelled, "the handler has ended"))
        default:
            log(.error("the handler of \(id) failed: \(Definition.text(of: error))"))
            return .refusal(DovetailError(.internal, "the handler of \(id) failed"))
        }
    }
}

/// The handlers of a server by number.
struct HandlerTable {
    private var entries: [Int: HandlerEntry] = [:]
    private var numbers: [Offer: [String: [Int]]] = [:]
    private var next = 0

    func entry(_ number: Int) -> HandlerEntry? {
        entries[number]
    }

    /// Gives numbers to a definition's handlers and writes it as JSON.
    mutating func add(_ definition: Definition) -> (json: String, numbers: [Int]) {
        let isTool = definition.offer == .tools
        let handler = add(HandlerEntry(run: definition.run, isTool: isTool, id: definition.id))
        let completers = definition.completers.sorted { $0.key < $1.key }.map { name, run in
            (name: name, number: add(HandlerEntry(run: run, isTool: false, id: "\(definition.id), \(name)")))
        }
        let numbers = [handler] + completers.map(\.number)
        self.numbers[definition.offer, default: [:]][definition.id, default: []] += numbers
        var members = definition.members.map { JSON.quote($0.name) + ":" + $0.json }
        members.append("\"handler\":\(handler)")
        if !completers.isEmpty {
            let named = completers.map { JSON.quote($0.name) + ":\($0.number)" }
            members.append("\"completers\":{" + named.joined(separator: ",") + "}")
        }
        return ("{" + members.joined(separator: ",") + "}", numbers)
    }

    /// Forgets the handlers of what is no longer offered. Calls that have begun keep theirs.
    mutating func remove(_ offer: Offer, _ id: String) {
        for number in numbers[offer]?.removeValue(forKey: id) ?? [] {
            entries[number] = nil
        }
    }

    /// Forgets the handlers of a definition that was refused, which may have the name of another one.
    mutating func discard(_ definition: Definition, _ refused: [Int]) {
        numbers[definition.offer]?[definition.id]?.removeAll(where: refused.contains)
        for number in refused {
            entries[number] = nil
        }
    }

    private mutating func add(_ entry: HandlerEntry) -> Int {
        defer { next += 1 }
        entries[next] = entry
        return next
    }
}
