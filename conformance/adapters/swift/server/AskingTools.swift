// Owns: the tools that ask their user.
import Dovetail

private struct Ask: Codable { var what: String }
private struct Reply: Codable { var answer: String }

func addAskingTools(to server: Server) throws {
    let changes = Counter()
    let runs = Counter()

    try server.tool("ask", "Ask") { (input: Ask, context) in
        outcome(try await context.elicit(input.what, as: Reply.self))
    }

    try server.tool("stubborn", "Ask, and catch everything") { (input: Ask, context) in
        do {
            return outcome(try await context.elicit(input.what, as: Reply.self))
        } catch {
            return "swallowed"
        }
    }

    try server.tool("changing", "Ask something else in the second run") { (_: NoInput, context) in
        let run = await changes.increment()
        return outcome(try await context.elicit("question \(min(run, 2))", as: Reply.self))
    }

    try server.tool("declared", "Ask, as declared", asks: [.form]) { (_: NoInput, context) in
        await runs.increment()
        return outcome(try await context.elicit("declared", as: Reply.self))
    }

    try server.tool("ran", "How often `declared` ran") { (_: NoInput) in await runs.value }
}

private func outcome(_ elicitation: Elicitation<Reply>) -> String {
    switch elicitation.action {
    case .accept: "accepted: \(elicitation.content?.answer ?? "")"
    case .decline: "declined"
    case .cancel: "cancelled"
    }
}
