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

/// The handlers of a server by number.
struct HandlerTable {
    private var runs: [Int: Run] = [:]
    private var numbers: [Offer: [String: [Int]]] = [:]
    private var next = 0

    func run(_ number: Int) -> Run? {
        runs[number]
    }

    /// Gives numbers to a definition's handlers and writes it as JSON.
    mutating func add(_ definition: Definition) -> (json: String, numbers: [Int]) {
        let handler = add(definition.run)
        let completers = definition.completers.sorted { $0.key < $1.key }.map { (name: $0.key, number: add($0.value)) }
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
            runs[number] = nil
        }
    }

    /// Forgets the handlers of a definition that was refused, which may have the name of another one.
    mutating func discard(_ definition: Definition, _ refused: [Int]) {
        numbers[definition.offer]?[definition.id]?.removeAll(where: refused.contains)
        for number in refused {
            runs[number] = nil
        }
    }

    private mutating func add(_ run: @escaping Run) -> Int {
        defer { next += 1 }
        runs[next] = run
        return next
    }
}
