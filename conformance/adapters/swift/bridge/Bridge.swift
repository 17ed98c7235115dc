// Owns: what each line does.
@_spi(Boundary) import Dovetail
@_spi(Boundary) import DovetailTestkit
import Foundation

struct Unreadable: Error {
    let line: JSONValue
}

struct Bridge {
    private var session: NativeSession?

    mutating func answer(to line: JSONValue) throws -> JSONValue {
        switch line["do"] {
        case "open":
            session = try NativeSession.testkit()
            return ["ok": true]
        case "exit_pending":
            let session = try session ?? NativeSession.testkit()
            for key in UInt64(1_000_001)...1_000_010 {
                try session.request(key: key, operation: "never", params: Data())
            }
            exit(0)
        default:
            break
        }
        guard let session, let verb = line["do"]?.string else { throw Unreadable(line: line) }
        switch verb {
        case "request":
            try session.request(
                key: key(line), operation: line["op"]?.string ?? "", params: json(line["params"] ?? [:]))
        case "cancel":
            try session.cancel(key: key(line))
        case "reply":
            let shape = ReplyShape(rawValue: UInt32(line["shape"]?.int ?? 0)) ?? .value
            try session.reply(call: call(line), shape: shape, json: line["json"].map(json) ?? Data())
        case "proceed":
            try session.proceed(call: call(line), key: key(line), patch: line["json"].map(json) ?? Data())
        case "raw_reply":
            try session.reply(call: call(line), shape: .value, json: Data(hex: line["hex"]?.string ?? ""))
        case "fail":
            try session.fail(call: call(line), failure: json(line["json"] ?? [:]))
        case "close":
            try session.close(key: key(line), deadline: .milliseconds(line["deadline"]?.int ?? 0))
        case "next":
            return ["ok": true, "events": .array(try next(line, of: session))]
        case "status":
            return ["ok": true, "status": try JSONValue(json: session.status())]
        case "big":
            return ["ok": true, "length": .int(try big(line, on: session))]
        case "progress":
            try session.progress(call: call(line), progress: json(line["json"] ?? [:]))
        case "ask":
            try session.ask(call: call(line), key: key(line), question: json(line["json"] ?? [:]))
        case "call_info":
            return ["ok": true, "info": try JSONValue(json: session.callInfo(call: call(line)))]
        default:
            throw Unreadable(line: line)
        }
        return ["ok": true]
    }

    private func next(_ line: JSONValue, of session: NativeSession) throws -> [JSONValue] {
        let timeout = line["timeout"]?.int.map { Duration.milliseconds($0) }
        return try session.nextEvents(max: line["max"]?.int ?? NativeSession.drain, timeout: timeout).map { event in
            let payload: JSONValue = event.payload.isEmpty ? .null : try JSONValue(json: event.payload)
            return [
                "kind": .string(event.kind.name), "code": .int(Int(event.code)), "key": .int(Int(event.key)),
                "payload": payload,
            ]
        }
    }

    /// Sends a text of many bytes through and back, and gives its length.
    private func big(_ line: JSONValue, on session: NativeSession) throws -> Int {
        let key = key(line)
        let text = String(repeating: "x", count: line["bytes"]?.int ?? 0)
        try session.request(key: key, operation: "echo", params: json(["text": .string(text)]))
        while true {
            let events = try session.nextEvents(timeout: .seconds(30))
            guard !events.isEmpty else { throw Unreadable(line: line) }
            for event in events where event.kind == .done && event.key == key {
                return try JSONValue(json: event.payload)["text"]?.string?.utf8.count ?? 0
            }
        }
    }

    private func key(_ line: JSONValue) -> UInt64 {
        UInt64(line["key"]?.int ?? 0)
    }

    private func call(_ line: JSONValue) -> UInt64 {
        UInt64(line["call"]?.int ?? 0)
    }

    private func json(_ value: JSONValue) throws -> Data {
        try value.encoded()
    }
}

extension Data {
    /// The bytes that pairs of hexadecimal digits spell.
    init(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        self.init(stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) })
    }
}
