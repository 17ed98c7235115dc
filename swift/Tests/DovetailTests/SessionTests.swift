// What Swift's tasks make of operations and calls, over a loopback session.

@_spi(Boundary) @testable import Dovetail
@_spi(Boundary) import DovetailTestkit
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct SessionTests {
    @Test func cancellingATaskCancelsItsOperation() async throws {
        let session = try open()
        let operation = Task { try await perform("never", on: session) }
        operation.cancel()
        await #expect(throws: CancellationError.self) { try await operation.value }
        #expect(try JSONValue(json: session.native.status())["ops"] == 0)
    }

    @Test func aCallIsAnsweredByItsHandler() async throws {
        let session = try open { call in .value(Data("\(call.target)".utf8)) }
        #expect(try await perform("call", #"{"target":5,"arguments":{}}"#, on: session) == #"{"value":5}"#)
    }

    @Test func oneFailingHandlerFailsAlone() async throws {
        let session = try open { call in call.target == 0 ? .failure("it broke") : .value(Data("1".utf8)) }
        async let first = perform("call", #"{"target":0,"arguments":{}}"#, on: session)
        async let second = perform("call", #"{"target":1,"arguments":{}}"#, on: session)
        #expect(try await first == #"{"tool":"it broke"}"#)
        #expect(try await second == #"{"value":1}"#)
    }

    @Test func anAnswerThatIsNoJSONFailsItsCall() async throws {
        let session = try open { _ in .value(Data("nonsense".utf8)) }
        let answer = try JSONValue(json: Data(await perform("call", #"{"target":0,"arguments":{}}"#, on: session).utf8))
        #expect(answer["tool"]?.string?.hasPrefix("the result cannot be sent") == true)
    }

    @Test func aCancelledCallCancelsItsHandler() async throws {
        let (ended, end) = AsyncStream.makeStream(of: Bool.self)
        let session = try open { call in
            let (never, _) = AsyncStream.makeStream(of: Never.self)
            for await _ in never {}
            end.yield(Task.isCancelled && call.isCancelled)
            return .value(Data("null".utf8))
        }
        _ = try await perform("abandon", on: session)
        #expect(await ended.first { _ in true } == true)
    }

    @Test func aQuestionThatEndsTheRunIsSuspended() async throws {
        let session = try open { call in
            do {
                _ = try await Context(call).confirm("sure?")
                return .value(Data("true".utf8))
            } catch {
                return .failure("\(type(of: error))")
            }
        }
        #expect(try await perform("call", #"{"target":0,"arguments":{}}"#, on: session) == #"{"tool":"Suspended"}"#)
    }

    @Test func whatIsKnownAboutACallIsAskedLazily() async throws {
        let session = try open { call in
            let method = try? Context(call).info.method
            return .failure(method ?? "nothing")
        }
        #expect(try await perform("call", #"{"target":0,"arguments":{}}"#, on: session) == #"{"tool":"testkit"}"#)
    }

    @Test func whatBelongsToACallThatIsOverIsStale() throws {
        let session = try open()
        let log = Data(#"{"level":"info","data":1}"#.utf8)
        expectCode(.staleCall) { try session.native.log(call: 99, message: log) }
        expectCode(.staleCall) { try session.native.record(call: 99, step: Data(#"{"name":"a","value":1}"#.utf8)) }
        session.abandon()
    }

    @Test func onlyServersChangeWhatTheyOffer() throws {
        let session = try open()
        expectCode(.invalidState) { try session.native.update(Data("{}".utf8)) }
        session.abandon()
    }

    @Test func closingEndsOperationsAndCanBeRepeated() async throws {
        let session = try open()
        async let operation = perform("never", on: session)
        await session.close(deadline: .zero)
        await session.close(deadline: .zero)
        let code: ErrorCode
        do {
            _ = try await operation
            code = ErrorCode(rawValue: 0)
        } catch let error as DovetailError {
            code = error.code
        }
        #expect(code == .closed)
    }

    @Test func aForgottenSessionEnds() async throws {
        weak var forgotten: Session?
        do {
            let session = try open()
            forgotten = session
            session.abandon()
        }
        for _ in 0..<100_000 where forgotten != nil {
            await Task.yield()
        }
        #expect(forgotten == nil)
    }

    private func open(_ handler: @escaping Session.Handler = { _ in .failure("nobody called") }) throws -> Session {
        Session(try NativeSession.testkit(), log: { _ in }, handler: handler)
    }

    private func perform(_ operation: String, _ params: String = "{}", on session: Session) async throws -> String {
        let result = try await session.perform { key in
            try session.native.request(key: key, operation: operation, params: Data(params.utf8))
        }
        return String(decoding: result, as: UTF8.self)
    }
}
