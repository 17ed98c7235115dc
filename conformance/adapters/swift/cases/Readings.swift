// Owns: the resources and prompts of the fixture.
import Dovetail

private struct Person: Codable {
    var name: String
}

private struct Repetition: Codable {
    var times: Int
}

func addReadings(to server: Server) throws {
    try server.resource("note://welcome", "welcome") { "Hello" }
    try server.resource("note://asking", "asking") { context in
        try await context.confirm("Read it?") ? "read" : "not read"
    }
    try server.resourceTemplate("note://people/{name}", "people") { (person: Person) in
        switch person.name {
        case "nobody": throw DovetailError(.unknownResource, "there is no such note")
        case "secret": throw DovetailError(.forbidden, "there is no such note")
        default: return "note for \(person.name)"
        }
    }
    try server.prompt("greet", "Greets somebody.") { (person: Person) in "Greet \(person.name)." }
    try server.prompt("repeat", "Says it again.") { (repetition: Repetition) in
        Array(repeating: "again", count: max(0, repetition.times)).joined(separator: " ")
    }
    try server.prompt("careful", "Asks first.") { (_: NoInput, context) in
        try await context.confirm("Go on?") ? "Going on." : "Stopping."
    }
}
