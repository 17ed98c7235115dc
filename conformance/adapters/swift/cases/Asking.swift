// Owns: the tools of the fixture that ask.
import Dovetail

private struct Day: Codable {
    var day: String
}

private struct Place: Codable {
    var place: String
}

private struct Item: Codable {
    var item: String
}

private struct Reply: Codable {
    var answer: String
}

func addAskingTools(to server: Server, _ shared: Shared) throws {
    try server.tool("book", "Asks for a day.") { (_: NoInput, context) in
        let asked = try await context.elicit("Which day?", as: Day.self)
        return switch asked.action {
        case .accept: "booked \(asked.content?.day ?? "")"
        case .decline: "declined"
        case .cancel: "cancelled"
        }
    }
    try server.tool("pay", "Charges, and asks before it pays.") { (_: NoInput, context) in
        let receipt = try await context.step("charge") { "receipt \(await shared.count("charged"))" }
        guard try await context.confirm("Pay?") else { return "kept \(receipt)" }
        await shared.count("paid")
        return "paid \(receipt)"
    }
    try server.tool("trip", "Asks twice.") { (_: NoInput, context) in
        let asked = try await context.elicit("From?", as: Place.self)
        guard let from = asked.content else { return "no trip" }
        _ = try await context.step("reserve") {
            await shared.count("reserved")
            return true
        }
        guard let to = try await context.elicit("To?", as: Place.self).content else { return "no trip" }
        return "\(from.place) to \(to.place)"
    }
    try server.tool("moody", "Asks something else in its second run.") { (_: NoInput, context) in
        let message = await shared.count("moody") == 1 ? "First?" : "Second?"
        guard let reply = try await context.elicit(message, as: Reply.self).content else { return "declined" }
        return "\(message) \(reply.answer)"
    }
    try server.tool("stubborn", "Catches what a question throws.") { (_: NoInput, context) in
        do {
            let asked = try await context.elicit("Sure?", as: Reply.self)
            return asked.content.map { "answered \($0.answer)" } ?? "declined"
        } catch {
            _ = try? await context.step("after") { await shared.count("after") }
            return "swallowed"
        }
    }
    try server.tool("both", "Asks two questions at once.") { (_: NoInput, context) in
        let answers = try await context.ask([
            "name": .form("Name?", as: Reply.self), "sure": .form("Really?", as: Reply.self),
        ])
        guard let name = try answers.form("name", as: Reply.self).content,
            let sure = try answers.form("sure", as: Reply.self).content
        else { return "declined" }
        return "\(name.answer) \(sure.answer)"
    }
    try server.tool("wipe", "Wipes once.", once: true) { (_: NoInput, context) in
        guard try await context.confirm("Wipe?") else { return "kept" }
        return "wiped \(await shared.count("wiped"))"
    }
    try server.tool("order", "Asks about its argument.") { (input: Item, context) in
        try await context.confirm("Order \(input.item)?") ? "ordered \(input.item)" : "kept"
    }
}
