// Resources, prompts, completions and whole results, over both transports and in both eras.
import DemoTools
import Dovetail
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReadingTests {
    @Test(arguments: Era.all) func resourcesAreListedAndRead(era: Era) async throws {
        try await era.connected(to: try wideDemo()) { client in
            let resources = try await client.listResources()
            #expect(resources.map(\.uri) == ["demo://note", "demo://bytes", "demo://pair"])
            #expect(resources[0].description == "A note")
            #expect(resources[0].annotations?.priority == 0.5)
            #expect(resources[1].name == "demo://bytes")
            let note = try await client.readResource("demo://note").contents
            #expect(note.map(\.text) == ["a note"])
            #expect(note.map(\.mimeType) == ["text/plain"])
            let bytes = try await client.readResource("demo://bytes", fresh: true).contents
            #expect(bytes.first?.data == Data([1, 2, 3]))
            let pair = try await client.readResource("demo://pair").contents
            #expect(pair.map(\.text) == ["demo://pair", "two"])
            await expectCode(.unknownResource) { try await client.readResource("demo://none") }
        }
    }

    @Test(arguments: Era.all) func templatesHaveVariablesAndSuggestions(era: Era) async throws {
        try await era.connected(to: try wideDemo()) { client in
            let templates = try await client.listResourceTemplates()
            #expect(templates.map(\.uriTemplate) == ["demo://weather/{city}"])
            let weather = try await client.readResource("demo://weather/Oslo").contents
            #expect(weather.map(\.text) == ["sun in Oslo"])
            #expect(weather.map(\.uri) == ["demo://weather/Oslo"])
            let completion = try await client.complete(
                .resourceTemplate("demo://weather/{city}"), argument: "city", value: "Osl")
            #expect(completion.values == ["Oslo"])
        }
    }

    @Test(arguments: Era.all) func promptsTakeTypedArguments(era: Era) async throws {
        try await era.connected(to: try wideDemo()) { client in
            let prompts = try await client.listPrompts()
            #expect(prompts.map(\.name) == ["write", "hello"])
            #expect(prompts[0].arguments?.map(\.name) == ["topic", "tone"])
            #expect(prompts[0].arguments?.map(\.required) == [true, false])
            #expect(prompts[0].arguments?.first?.description == "What to write about")
            let written = try await client.getPrompt("write", ["topic": "tea"])
            #expect(written.messages == [.user("About tea"), .assistant("plain")])
            #expect(written.description == "Write a text")
            let hello = try await client.getPrompt("hello")
            #expect(hello.description == "A greeting")
            let completion = try await client.complete(.prompt("write"), argument: "topic", value: "tr")
            #expect(completion.values == ["trees"])
            await expectCode(.unknownPrompt) { try await client.getPrompt("none") }
            await expectCode(.invalidParams) { try await client.getPrompt("write") }
        }
    }

    @Test(arguments: Era.all) func aToolMayReturnContentOfItsOwn(era: Era) async throws {
        try await era.connected(to: try wideDemo()) { client in
            let bundle = try await client.call("bundle")
            #expect(bundle.content.map(\.type) == ["text", "image", "resource_link", "resource"])
            #expect(bundle.content[1].data == Data([1, 2]))
            #expect(bundle.content[3].resource?.text == "inside")
            #expect(bundle.structured == ["n": 4])
            let refused = try await client.callRaw("refuse")
            #expect(refused.isError)
            let tool = try await client.listTools().first { $0.name == "bundle" }
            #expect(tool?.title == "A bundle")
            #expect(tool?.icons == [Icon("https://example.org/i.png")])
            #expect(tool?.outputSchema == nil)
        }
    }

    @Test(arguments: Era.all) func theServerIsThere(era: Era) async throws {
        try await era.connected(to: try wideDemo()) { client in
            try await client.ping()
        }
    }

    @Test(arguments: Era.all) func argumentsOfPromptsAreReadFromText(era: Era) async throws {
        struct Page: Codable {
            var number: Int
            var scale: Double?
            var dark: Bool?
        }
        let server = Server("demo")
        try server.prompt("page") { (page: Page) in "\(page.number) \(page.scale ?? 1) \(page.dark ?? false)" }
        try await era.connected(to: server) { client in
            let page = try await client.getPrompt("page", ["number": "3", "scale": "0.5", "dark": "true"])
            #expect(page.messages.first?.content.text == "3 0.5 true")
        }
    }

    @Test func whatCannotBeTextIsNoArgumentOfAPrompt() {
        struct Numbers: Codable {
            var count: [Int]
        }
        let server = Server("demo")
        #expect(throws: DefinitionError.self) { try server.prompt("count") { (_: Numbers) in "" } }
        #expect(throws: DefinitionError.self) {
            try server.resourceTemplate("demo://{count}") { (_: Numbers) in "" }
        }
    }
}
