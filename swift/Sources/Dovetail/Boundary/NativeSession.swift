// Owns: the crossing into the native library. The only file that imports C or touches a pointer.
// Must never interpret what it carries: bytes go in, bytes and numbers come out.
import CDovetail
import Foundation

/// One event of the native layer.
@_spi(Boundary) public struct Event: Sendable {
    /// What it says.
    public let kind: EventKind
    /// 0, an error code or the number of a handler, by kind.
    public let code: Int32
    /// The key that this package chose, or the id of a call, by kind.
    public let key: UInt64
    /// UTF-8 JSON; may be empty.
    public let payload: Data
}

/// A client, a server or a testkit loop of the native library. Every function may be called from any thread.
@_spi(Boundary) public final class NativeSession: @unchecked Sendable {
    /// How many events one fetch takes at most.
    public static let drain = 64

    /// Room for the events of one turn, in bytes. Memory is taken as it is filled.
    private static let usualRoom = 512 * 1024

    private let handle: OpaquePointer
    private let buffer = UnsafeMutableRawPointer.allocate(byteCount: usualRoom, alignment: 8)

    private init(handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        buffer.deallocate()
        // Whoever is inside a function of this session holds a reference to it.
        dovetail_session_free(handle)
    }

    /// Opens a server.
    public static func server(config: Data) throws -> NativeSession {
        try open { runtime, out in
            config.withText { dovetail_server_open(runtime, $0, $1, &out) }
        }
    }

    /// Opens a client; `key` completes when it is connected.
    public static func client(key: UInt64, config: Data) throws -> NativeSession {
        try open { runtime, out in
            config.withText { dovetail_client_open(runtime, key, $0, $1, nil, &out) }
        }
    }

    /// Serves; `key` completes when that has ended.
    public func serve(key: UInt64, config: Data) throws {
        try check(config.withText { dovetail_serve(handle, key, $0, $1) })
    }

    /// Starts an operation; `key` completes once.
    public func request(key: UInt64, operation: String, params: Data, options: Data = Data()) throws {
        let status = Data(operation.utf8).withText { name, nameLength in
            params.withText { params, paramsLength in
                options.withText { options, optionsLength in
                    dovetail_request(
                        handle, key, name, nameLength, params, paramsLength, options, optionsLength)
                }
            }
        }
        try check(status)
    }

    /// Runs one HTTP request through a server; `key` completes after its head and its chunks.
    public func exchange(key: UInt64, head: Data, body: Data) throws {
        let status = head.withText { head, headLength in
            body.withUnsafeBytes { dovetail_exchange(handle, key, head, headLength, $0.baseAddress, $0.count) }
        }
        try check(status)
    }

    /// Answers a call.
    public func reply(call: UInt64, shape: ReplyShape, json: Data) throws {
        try check(json.withText { dovetail_reply(handle, call, shape.rawValue, $0, $1) })
    }

    /// Answers a call with a text.
    public func reply(call: UInt64, text: String) throws {
        var text = text
        let status = text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) {
                dovetail_reply(handle, call, ReplyShape.text.rawValue, $0.baseAddress, $0.count)
            }
        }
        try check(status)
    }

    /// Fails a call.
    public func fail(call: UInt64, failure: Data) throws {
        try check(failure.withText { dovetail_fail(handle, call, $0, $1) })
    }

    /// Lets a message go on that waits for a layer; `key` completes with what comes of it. An empty patch changes nothing.
    public func proceed(call: UInt64, key: UInt64, patch: Data) throws {
        try check(patch.withText { dovetail_proceed(handle, call, key, $0, $1) })
    }

    /// Reports progress of a call.
    public func progress(call: UInt64, progress: Data) throws {
        try check(progress.withText { dovetail_progress(handle, call, $0, $1) })
    }

    /// Sends a log message to the client behind a call.
    public func log(call: UInt64, message: Data) throws {
        try check(message.withText { dovetail_log(handle, call, $0, $1) })
    }

    /// Records the result of a step of a call.
    public func record(call: UInt64, step: Data) throws {
        try check(step.withText { dovetail_record(handle, call, $0, $1) })
    }

    /// Changes what a server offers.
    public func update(_ change: Data) throws {
        try check(change.withText { dovetail_update(handle, $0, $1) })
    }

    /// Asks the user behind a call; `key` completes with the answer.
    public func ask(call: UInt64, key: UInt64, question: Data) throws {
        try check(question.withText { dovetail_ask(handle, call, key, $0, $1) })
    }

    /// What is known about a call, as JSON.
    public func callInfo(call: UInt64) throws -> Data {
        try copyOut { dovetail_call_info(handle, call, $0, $1, $2) }
    }

    /// Cancels an operation. Idempotent.
    public func cancel(key: UInt64) throws {
        try check(dovetail_cancel(handle, key))
    }

    /// Closes the session; `key` completes, then comes the last event.
    public func close(key: UInt64, deadline: Duration) throws {
        try check(dovetail_close(handle, key, deadline.milliseconds))
    }

    /// The state of the session, as JSON.
    public func status() throws -> Data {
        try copyOut { dovetail_status(handle, $0, $1, $2) }
    }

    /// Fetches up to `max` events, blocking until there is one or the time is over (nil: for ever).
    ///
    /// - Throws: ``DovetailError`` with the code `closed` after the last event. One thread at a time.
    public func nextEvents(max: Int = drain, timeout: Duration?) throws -> [Event] {
        let wait = timeout.map { Int64(clamping: $0.milliseconds) } ?? -1
        var used = 0
        var status = dovetail_next_events(handle, UInt32(clamping: max), wait, buffer, Self.usualRoom, &used)
        while status == DOVETAIL_BUFFER_TOO_SMALL {
            let room = used
            let larger = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 8)
            defer { larger.deallocate() }
            status = dovetail_next_events(handle, UInt32(clamping: max), wait, larger, room, &used)
            if status == DOVETAIL_OK {
                return Self.read(UnsafeRawBufferPointer(start: larger, count: used))
            }
        }
        try check(status)
        return Self.read(UnsafeRawBufferPointer(start: buffer, count: used))
    }

    /// Takes the records of a filled buffer apart.
    private static func read(_ buffer: UnsafeRawBufferPointer) -> [Event] {
        let head = MemoryLayout<DovetailEvent>.size
        var events: [Event] = []
        var at = 0
        while at < buffer.count, let start = buffer.baseAddress {
            let record = buffer.load(fromByteOffset: at, as: DovetailEvent.self)
            let payload = Data(bytes: start + at + head, count: Int(record.len))
            // The contract's version was compared, so that every kind is known.
            if let kind = EventKind(rawValue: record.kind) {
                events.append(Event(kind: kind, code: record.code, key: record.key, payload: payload))
            }
            at += head + (Int(record.len) + 7) / 8 * 8
        }
        return events
    }

    private func copyOut(
        _ copy: (UnsafeMutablePointer<CChar>?, Int, UnsafeMutablePointer<Int>) -> Int32
    ) throws -> Data {
        var capacity = 1024
        while true {
            var needed = 0
            var data = Data(count: capacity)
            let status = data.withUnsafeMutableBytes {
                copy($0.assumingMemoryBound(to: CChar.self).baseAddress, capacity, &needed)
            }
            if status == DOVETAIL_BUFFER_TOO_SMALL {
                capacity = needed
                continue
            }
            try check(status)
            return data.prefix(needed)
        }
    }

    /// Opens a session with one of the native functions that do so.
    public static func open(_ open: (OpaquePointer, inout OpaquePointer?) -> Int32) throws -> NativeSession {
        var handle: OpaquePointer?
        try check(open(try runtime.get(), &handle))
        guard let handle else {
            throw DovetailError(.internal, "the native library gave no handle")
        }
        return NativeSession(handle: handle)
    }

    /// The runtime of this process, started at its first use and ended with the process.
    nonisolated(unsafe) private static let runtime: Result<OpaquePointer, any Error> = Result {
        guard dovetail_contract_version() == contractVersion else {
            throw DovetailError(
                .internal,
                "the native library speaks contract \(dovetail_contract_version()), this package "
                    + "\(contractVersion); install both from one release")
        }
        var runtime: OpaquePointer?
        try check(dovetail_runtime_default(&runtime))
        guard let runtime else {
            throw DovetailError(.internal, "the native library gave no runtime")
        }
        // Writing to a process that has gone is an error and not the end of this one; a program's own handler stays.
        let earlier = signal(SIGPIPE, SIG_IGN)
        if let earlier {
            signal(SIGPIPE, earlier)
        }
        // Ends the child processes of clients that nobody closed.
        atexit { NativeSession.shutDown() }
        return runtime
    }

    private static func shutDown() {
        if case .success(let runtime) = runtime {
            dovetail_runtime_shutdown(runtime, 1000)
        }
    }

    private func check(_ status: Int32) throws {
        try Self.check(status)
    }

    private static func check(_ status: Int32) throws {
        guard status != DOVETAIL_OK else { return }
        var length = 0
        dovetail_last_error(nil, 0, &length)
        var body = Data(count: length)
        body.withUnsafeMutableBytes { buffer in
            _ = dovetail_last_error(buffer.assumingMemoryBound(to: CChar.self).baseAddress, length, &length)
        }
        throw DovetailError(code: status, body: body)
    }
}

extension Data {
    /// The bytes as C wants them.
    fileprivate func withText<Result>(_ body: (UnsafePointer<CChar>?, Int) -> Result) -> Result {
        withUnsafeBytes { body($0.assumingMemoryBound(to: CChar.self).baseAddress, $0.count) }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up; 0 when negative.
    var milliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (fraction, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
        return overflow ? .max : whole + UInt64(fraction) + (rest > 0 ? 1 : 0)
    }
}
