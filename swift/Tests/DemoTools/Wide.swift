// The server that the tests of resources, prompts, questions and news talk to.
import Dovetail
import Foundation

private struct City: Codable {
    var city: String
}

private struct Topic: ToolInput {
    var topic: String
    var tone: String?

    static var schema: Schema {
        .object {
            Property("topic", .string, "What to write about")
            Property("tone", .string, required: false)
        }
    }
}

/// How often something was done.
public actor Tally {
    public private(set) var value = 0

    public init() {}

    func add() -> Int {
        value += 1
        return value
    }
}

/// A server with everything that is no plain tool. `steps` counts what its steps do.
public func wideDemo(steps: Tally = Tally()) throws -> Server {
    let server = Server("wide", version: "1.0.0", pageSize: 2)
    try addReadings(to: server)
    try addQuestions(to: server, steps: steps)
    try server.tool("bundle", title: "A bundle", icons: [Icon("https://example.org/i.png")], meta: ["a": 1]) {
        (_: NoInput) in
        ToolResult(
            [
                .text("one"), .image(Data([1, 2]), mimeType: "image/png"), .link("demo://note", name: "note"),
                .resource(.text("demo://note", "inside")),
            ], structured: ["n": 4])
    }
    try server.tool("refuse") { (_: NoInput) in ToolResult([.text("not today")], isError: true) }
    try server.tool("speak") { (_: NoInput, context) in
        try context.log(.debug, "quiet")
        try context.log(.warning, ["words": 2], logger: "demo")
        return "spoken"
    }
    return server
}

private func addReadings(to server: Server) throws {
    try server.resource(
        "demo://note", "note", "A note", mimeType: "text/plain", annotations: Annotations(priority: 0.5)
    ) { "a note" }
    try server.resource("demo://bytes", mimeType: "image/png") { Data([1, 2, 3]) }
    try server.resource("demo://pair") { context in
        [ResourceContents.text("demo://pair/1", try context.info.name ?? ""), .text("demo://pair/2", "two")]
    }
    try server.resourceTemplate(
        "demo://weather/{city}", "weather", complete: ["city": { ["Oslo", "Osaka"].filter($0.fits) }]
    ) { (variables: City) in "sun in \(variables.city)" }
    try server.prompt("write", "Write a text", complete: ["topic": { ["tea", "trees"].filter($0.fits) }]) {
        (arguments: Topic) in
        [PromptMessage.user("About \(arguments.topic)"), .assistant(arguments.tone ?? "plain")]
    }
    try server.prompt("hello") { (_: NoInput) in PromptResult([.user("hello")], description: "A greeting") }
}

private func addQuestions(to server: Server, steps: Tally) throws {
    try server.tool("visit") { (_: NoInput, context) in
        try await context.elicitURL("Sign in", url: "https://example.org/in").rawValue
    }
    try server.tool("think") { (_: NoInput, context) in
        let answer = try await context.sample(SampleRequest("Why?", maxTokens: 10))
        return "\(answer.model): \(answer.text)"
    }
    try server.tool("places") { (_: NoInput, context) in try await context.listRoots().map(\.uri) }
    try server.tool("several") { (_: NoInput, context) in
        let answers = try await context.ask([
            "city": .form("Where?", as: City.self), "why": .sample(SampleRequest("Why?", maxTokens: 10)),
            "roots": .roots,
        ])
        let city = try answers.form("city", as: City.self).content?.city ?? "nowhere"
        return "\(city), \(try answers.sample("why").text), \(try answers.roots("roots").count)"
    }
    try server.tool("stepwise") { (_: NoInput, context) in
        let first = try await context.step("count") { await steps.add() }
        let sure = try await context.confirm("Sure?")
        return "\(first) \(sure)"
    }
}

extension Completing {
    @Sendable fileprivate func fits(_ word: String) -> Bool {
        word.hasPrefix(value)
    }
}
