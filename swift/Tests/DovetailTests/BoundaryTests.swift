// The contract of the boundary, driven through the package's own crossing.

@_spi(Boundary) @testable import Dovetail
@_spi(Boundary) import DovetailTestkit
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct BoundaryTests {
    private let session: NativeSession

    init() throws {
        session = try NativeSession.testkit()
    }

    @Test func anOperationGivesItsResultOnce() throws {
        try session.request(key: 7, operation: "echo", params: Data(#"{"text":"ä\"\n€"}"#.utf8))
        let event = try #require(try next())
        #expect(event.kind == .done)
        #expect(event.code == 0)
        #expect(event.key == 7)
        #expect(try JSONValue(json: event.payload)["text"] == "ä\"\n€")
        #expect(try session.nextEvents(timeout: .zero).isEmpty)
    }

    @Test(arguments: ErrorCode.names.keys) func everyCodeArrives(code: ErrorCode) throws {
        try session.request(key: 1, operation: "fail", params: Data(#"{"code":\#(code.rawValue)}"#.utf8))
        let event = try #require(try next())
        let error = DovetailError(code: event.code, body: event.payload)
        #expect(error.code == code)
        #expect(error.name == code.name)
        #expect(error.detail == "failed on demand")
    }

    @Test func aPanicIsAnErrorAndTheSessionGoesOn() throws {
        try session.request(key: 1, operation: "panic", params: Data())
        #expect(try next()?.code == ErrorCode.panic.rawValue)
        try session.request(key: 1, operation: "echo", params: Data())
        #expect(try next()?.code == 0)
    }

    @Test func cancellationIsIdempotentAndCompletesTheOperation() throws {
        try session.cancel(key: 1)
        try session.request(key: 1, operation: "never", params: Data())
        try session.cancel(key: 1)
        try session.cancel(key: 1)
        #expect(try next()?.code == ErrorCode.cancelled.rawValue)
        try session.cancel(key: 1)
        #expect(try session.nextEvents(timeout: .zero).isEmpty)
    }

    @Test func aLateReplyIsStale() throws {
        try session.request(key: 1, operation: "abandon", params: Data())
        let call = try #require(try until(.cancelled))
        expectCode(.staleCall) { try session.reply(call: call.key, shape: .value, json: Data("1".utf8)) }
    }

    @Test func aReplyThatIsNoTextLeavesTheCallWaiting() throws {
        try session.request(key: 1, operation: "call", params: Data(#"{"target":3,"arguments":{"a":1}}"#.utf8))
        let call = try #require(try next())
        #expect(call.kind == .call)
        #expect(call.code == 3)
        expectCode(.invalidArgument) {
            try session.reply(call: call.key, shape: .value, json: Data([0xFF]))
        }
        try session.reply(call: call.key, shape: .value, json: Data("[1]".utf8))
        #expect(try next().map { String(decoding: $0.payload, as: UTF8.self) } == #"{"value":[1]}"#)
    }

    @Test func aPayloadLargerThanTheBufferArrives() throws {
        let text = String(repeating: "x", count: 8 << 20)
        try session.request(key: 1, operation: "echo", params: Data(#"{"text":"\#(text)"}"#.utf8))
        #expect(try next()?.payload.count == text.count + 11)
    }

    @Test func tenThousandEventsArriveInOrder() throws {
        try session.request(key: 1, operation: "flood", params: Data(#"{"count":10000}"#.utf8))
        var lines: [String] = []
        while true {
            let events = try session.nextEvents(timeout: .seconds(10))
            #expect(events.count <= NativeSession.drain)
            try #require(!events.isEmpty)
            for event in events where event.kind == .log {
                lines.append(try JSON.decode(LogLine.self, from: event.payload).message)
            }
            if events.contains(where: { $0.kind == .done }) { break }
        }
        #expect(lines == (0..<10000).map(String.init))
    }

    @Test func closingCompletesWhatIsOpenAndIsLast() throws {
        try session.request(key: 1, operation: "never", params: Data())
        try session.close(key: 2, deadline: .milliseconds(100))
        expectCode(.closed) { try session.close(key: 3, deadline: .zero) }
        expectCode(.closed) { try session.request(key: 4, operation: "echo", params: Data()) }
        var events: [Event] = []
        while events.last?.kind != .closed {
            let more = try session.nextEvents(timeout: .seconds(10))
            try #require(!more.isEmpty)
            events += more
        }
        #expect(events.map(\.key) == [2, 1, 0])
        #expect(events.map(\.code) == [0, ErrorCode.closed.rawValue, 0])
        expectCode(.closed) { try session.nextEvents(timeout: nil) }
        #expect(try JSONValue(json: session.status())["open"] == false)
    }

    private func next() throws -> Event? {
        try session.nextEvents(max: 1, timeout: .seconds(10)).first
    }

    private func until(_ kind: EventKind) throws -> Event? {
        while let event = try next() {
            if event.kind == kind { return event }
        }
        return nil
    }
}
