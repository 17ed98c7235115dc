// Servers and clients as their authors write them, over every transport.
import DemoTools
import Dovetail
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClientTests {
    @Test(arguments: Reach.allCases) func aCallGivesATypedResult(reach: Reach) async throws {
        try await reach.connected { client in
            let sum = try await client.call("add", Add(a: 1, b: 2), as: Int.self)
            #expect(sum == 3)
            let result = try await client.call("add", ["a": 20, "b": 22])
            #expect(result.data == 42)
            let number = try result.data(as: Int.self)
            #expect(number == 42)
            #expect(result.content.map(\.type) == ["text"])
            #expect(result.content.map(\.text) == ["42"])
            #expect(!result.isError)
            #expect(result.raw["content"]?[0]?["text"] == "42")
        }
    }

    @Test(arguments: Reach.allCases) func aServerDescribesItself(reach: Reach) async throws {
        try await reach.connected { client in
            let info = try await client.serverInfo()
            #expect(info.info["name"] == "demo")
            #expect(info.info["version"] == "1.2.3")
            #expect(info.instructions == "add things")
            let add = try await client.listTools().first { $0.name == "add" }
            #expect(add?.description == "Add two numbers")
            #expect(add?.inputSchema["required"] == ["a", "b"])
            #expect(add?.outputSchema?["type"] == "integer")
        }
    }

    @Test(arguments: Reach.allCases) func progressComesBeforeTheResult(reach: Reach) async throws {
        try await reach.connected { client in
            let (updates, receive) = AsyncStream.makeStream(of: ProgressUpdate.self)
            let result = try await client.call("count", as: String.self) { receive.yield($0) }
            #expect(result == "counted")
            receive.finish()
            let seen = await updates.reduce(into: [ProgressUpdate]()) { $0.append($1) }
            #expect(seen.last?.progress == 3)
            #expect(seen.last?.message == "step 3")
            #expect(seen.map(\.progress) == seen.map(\.progress).sorted())
        }
    }

    @Test(arguments: Reach.allCases) func cancellingACallCancelsItsHandler(reach: Reach) async throws {
        try await reach.connected { client in
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            let call = Task {
                start.yield()
                return try await client.call("wait")
            }
            _ = await started.first { true }
            _ = try await client.call("add", Add(a: 1, b: 1))
            call.cancel()
            let outcome = await call.result
            #expect(throws: CancellationError.self) { try outcome.get() }
            var cancellations = 0
            for _ in 0..<50 where cancellations == 0 {
                cancellations = try await client.call("cancellations", as: Int.self)
            }
            #expect(cancellations == 1)
        }
    }

    @Test(arguments: Reach.allCases) func aQuestionIsAnsweredByTheClient(reach: Reach) async throws {
        let options = ClientOptions(onElicit: { question in
            question.message == "Who?" ? .accept(["name": "Ada"]) : .accept(["confirm": true])
        })
        try await reach.connected(options: options) { client in
            let greeting = try await client.call("greet", as: String.self)
            #expect(greeting == "accept Ada")
        }
        try await reach.connected(options: ClientOptions(onElicit: { _ in .decline })) { client in
            let greeting = try await client.call("greet", as: String.self)
            let removed = try await client.call("remove", as: Bool.self)
            #expect(greeting == "decline nobody")
            #expect(!removed)
        }
    }

    @Test(arguments: Reach.allCases) func aHandlerThatSwallowsTheUnwindingStillAsks(reach: Reach) async throws {
        try await reach.connected(options: ClientOptions(onElicit: { _ in .accept(["name": "Ada"]) })) { client in
            let answer = try await client.call("stubborn", as: String.self)
            #expect(answer == "Ada")
        }
    }

    @Test(arguments: Reach.allCases) func aDeclaredQuestionNeedsAClientThatAnswers(reach: Reach) async throws {
        try await reach.connected { client in
            await expectCode(.missingClientCapability) { try await client.call("remove") }
        }
    }

    @Test(arguments: Reach.allCases) func errorsHaveNamesAndWords(reach: Reach) async throws {
        try await reach.connected { client in
            let error = await expectCode(.toolError) { try await client.call("fail") }
            #expect(error?.name == "tool_error")
            #expect(error?.detail == "it broke")
            let result = try await client.callRaw("fail")
            #expect(result.isError)
            await expectCode(.toolError) { try await client.call("add", ["a": "x", "b": "y"]) }
            await expectCode(.malformed) { try await client.call("add", Add(a: 1, b: 1), as: [String].self) }
            await expectCode(.deadlineExceeded) { try await client.call("wait", timeout: .milliseconds(50)) }
        }
    }

    @Test(arguments: Reach.allCases) func aHandlerKnowsItsCall(reach: Reach) async throws {
        try await reach.connected { client in
            let name = try await client.call("inform", as: String.self)
            #expect(name == "inform")
        }
    }

    @Test func aStringIsNeverACommand() async throws {
        await expectCode(.invalidArgument) { try await Client.connect("cat") }
    }

    @Test func aClosedClientSaysSo() async throws {
        let client = try await Client.connect(try demo())
        await client.close()
        await client.close()
        await expectCode(.closed) { try await client.call("add", Add(a: 1, b: 1)) }
    }

    @Test func aThousandCallsAtOnceAllReturn() async throws {
        try await Reach.memory.connected { client in
            let total = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<1000 {
                    group.addTask { try await client.call("add", Add(a: number, b: 1), as: Int.self) }
                }
                return try await group.reduce(0, +)
            }
            #expect(total == 500_500)
        }
    }
}
