// Every kind of question, log messages and steps, over both transports and in both eras.
import DemoTools
import Dovetail
import Testing

@Suite(.timeLimit(.minutes(1))) struct AskingTests {
    private let answering = ClientOptions(
        onElicit: { question in
            question.schema["properties"]?["city"] == nil ? .accept(["confirm": true]) : .accept(["city": "Oslo"])
        },
        onElicitURL: { question in question.url == "https://example.org/in" ? .accept : .cancel },
        onSample: { request in
            SampleResult(request.messages.first?.content.first?.text == "Why?" ? "Because" : "What?", model: "m")
        },
        roots: [Root("file:///work", name: "work")])

    @Test(arguments: Era.all) func everyKindOfQuestionIsAnswered(era: Era) async throws {
        try await era.connected(to: try wideDemo(), options: answering) { client in
            let visit = try await client.call("visit", as: String.self)
            #expect(visit == "accept")
            let thought = try await client.call("think", as: String.self)
            #expect(thought == "m: Because")
            let places = try await client.call("places", as: [String].self)
            #expect(places == ["file:///work"])
            let several = try await client.call("several", as: String.self)
            #expect(several == "Oslo, Because, 1")
        }
    }

    @Test(arguments: Era.all) func aClientThatCannotAnswerIsNotAsked(era: Era) async throws {
        try await era.connected(to: try wideDemo()) { client in
            for tool in ["visit", "think", "places", "several"] {
                await #expect(throws: DovetailError.self) { try await client.call(tool) }
            }
        }
    }

    @Test(arguments: Era.all) func aStepIsTakenOnce(era: Era) async throws {
        let steps = Tally()
        try await era.connected(to: try wideDemo(steps: steps), options: answering) { client in
            let result = try await client.call("stepwise", as: String.self)
            #expect(result == "1 true")
        }
        #expect(await steps.value == 1)
    }

    @Test(arguments: Era.all) func logMessagesReachWhoeverAskedForThem(era: Era) async throws {
        let (messages, receive) = AsyncStream.makeStream(of: LogMessage.self)
        let options = ClientOptions(onLog: { receive.yield($0) })
        try await era.connected(to: try wideDemo(), options: options) { client in
            try await client.setLogLevel(.warning)
            _ = try await client.call("speak")
            let message = await messages.first { _ in true }
            #expect(message?.level == .warning)
            #expect(message?.data == ["words": 2])
            #expect(message?.logger == "demo")
        }
    }

    @Test func levelsHaveAnOrder() {
        #expect(LogLevel.debug < .info)
        #expect(LogLevel.emergency > .alert)
    }
}
