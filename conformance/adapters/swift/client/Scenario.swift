// Owns: what each scenario does and observes.
import Dovetail

/// What several tasks add to.
actor Record<Element: Sendable> {
    private(set) var elements: [Element] = []

    func add(_ element: Element) {
        elements.append(element)
    }
}

struct Scenario {
    private let invocation: Invocation
    private let questions = Record<String>()

    init(_ invocation: Invocation) {
        self.invocation = invocation
    }

    func run() async throws -> [String: JSONValue] {
        let client = try await Client.connect(invocation.target, options: options)
        let observed: [String: JSONValue]
        switch invocation.scenario {
        case "cell": observed = try await Cell(client: client).run()
        case "stubborn": observed = try await ask("stubborn", ["what": "sure?"], on: client)
        default: observed = try await ask(invocation.scenario, [:], on: client)
        }
        await client.close()
        return observed
    }

    private var options: ClientOptions {
        let accepts = invocation.answer == "yes"
        let questions = questions
        let answer: ElicitHandler = { question in
            await questions.add(question.message)
            return accepts ? .accept(["answer": "yes"]) : .decline
        }
        return ClientOptions(revision: invocation.revision, onElicit: invocation.answer == "none" ? nil : answer)
    }

    private func ask(_ tool: String, _ arguments: [String: String], on client: Client) async throws
        -> [String: JSONValue]
    {
        var observed: [String: JSONValue] = [:]
        do {
            observed["result"] = try await client.call(tool, arguments).data ?? .null
        } catch let error as DovetailError {
            observed["error"] = describe(error)
        }
        observed["questions"] = .array(await questions.elements.map(JSONValue.string))
        return observed
    }
}

func describe(_ error: DovetailError) -> JSONValue {
    ["name": .string(error.name), "detail": .string(error.detail)]
}
