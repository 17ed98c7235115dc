// Owns: what is under way in one client or server: its operations, its calls, and the thread that fetches its events.
// Must never block a thread of Swift's cooperative pool, and never decide what an event means for the protocol.
import Foundation

/// A call that this package has to answer.
final class IncomingCall: Sendable {
    let session: Session
    let id: UInt64
    /// `call`, `input` or `intercept`.
    let kind: EventKind
    /// The number of the handler or layer; a question has none.
    let target: Int
    let payload: Data

    init(_ event: Event, of session: Session) {
        self.session = session
        id = event.key
        kind = event.kind
        target = Int(event.code)
        payload = event.payload
    }

    /// Whether it was cancelled; the task that handles it is cancelled as well.
    var isCancelled: Bool {
        session.isCancelled(id)
    }
}

/// What came of a call.
enum Answer: Sendable {
    /// A plain value.
    case value(Data)
    /// A plain value that is a text; the core makes JSON of it.
    case text(String)
    /// A whole result object.
    case whole(Data)
    /// What came of the message that a layer let go on, as it is.
    case outcome
    /// The body of a failure.
    case failure(Data)

    /// A failure that a caller reads as the outcome of the call.
    static func failure(_ text: String) -> Answer {
        .failure(Data(JSON.object(["kind": JSON.quote("tool"), "detail": JSON.quote(text)]).utf8))
    }

    /// An error that refuses the request; the core knows how each revision says it.
    static func refusal(_ error: DovetailError) -> Answer {
        let body = JSON.object([
            "kind": JSON.quote("error"),
            "name": JSON.quote(error.name),
            "detail": JSON.quote(error.detail),
            "rpc": error.rpc.flatMap { try? JSON.text($0) },
        ])
        return .failure(Data(body.utf8))
    }
}

/// Receives what comes of an operation before its completion, on the thread that fetches events: it must not block.
typealias News = @Sendable (Event) -> Void

/// An operation that has not completed.
struct Operation: Sendable {
    let complete: @Sendable (Result<Data, DovetailError>) -> Void
    let news: News?
}

/// One client or server, alive until its last event.
final class Session: Sendable {
    typealias Handler = @Sendable (IncomingCall) async -> Answer

    let native: NativeSession

    private struct RunningCall {
        let task: Task<Void, Never>
        var isCancelled = false
    }

    private let handler: Handler
    private let log: LogHandler
    private let message: LogMessageHandler?
    private let nextKey: Locked<UInt64>
    private let operations = Locked<[UInt64: Operation]>([:])
    private let calls = Locked<[UInt64: RunningCall]>([:])

    /// Takes a native session over and begins to fetch its events, on a thread that ends with the last one.
    ///
    /// - Parameter firstKey: the first key for operations that is free.
    init(
        _ native: NativeSession, firstKey: UInt64 = 1, log: @escaping LogHandler, message: LogMessageHandler? = nil,
        handler: @escaping Handler
    ) {
        self.native = native
        self.handler = handler
        self.log = log
        self.message = message
        nextKey = Locked(firstKey)
        let thread = Thread { [self] in pump() }
        thread.name = "dovetail-events"
        thread.start()
    }

    /// The number by which a client of this process finds it.
    var id: Int {
        get throws {
            struct Status: Decodable {
                let id: Int
            }
            return try JSON.decode(Status.self, from: native.status()).id
        }
    }

    /// Runs one operation to its completion. Cancelling the task cancels the operation.
    ///
    /// - Throws: ``DovetailError``, or `CancellationError` when the task was cancelled.
    func perform(news: News? = nil, _ start: (_ key: UInt64) throws -> Void) async throws -> Data {
        let key = takeKey()
        return try await cancelling(key) { continuation in
            let operation = Operation(
                complete: { continuation.resume(with: $0.mapError { $0 as any Error }) }, news: news)
            begin(key, operation, start)
        }
    }

    /// Waits for something that an operation resumes. Cancelling the task cancels the operation.
    func cancelling<Value: Sendable>(
        _ key: UInt64, _ body: (CheckedContinuation<Value, any Error>) -> Void
    ) async throws -> Value {
        do {
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation(body)
            } onCancel: {
                cancel(key)
            }
        } catch let error as DovetailError where error.code == .cancelled && Task.isCancelled {
            throw CancellationError()
        }
    }

    /// Closes the session and waits for that, `deadline` and a little more at the longest. Idempotent.
    func close(deadline: Duration) async {
        let closing = Task { [self] in
            // An error says that the session is closed already.
            _ = try? await perform { key in try native.close(key: key, deadline: deadline) }
        }
        await closing.value
    }

    /// Closes the session without waiting for anything.
    func abandon() {
        // An error says that the session is closed already.
        try? native.close(key: takeKey(), deadline: .zero)
    }

    /// A key that no other operation of the session has.
    func takeKey() -> UInt64 {
        nextKey.with { key in
            defer { key += 1 }
            return key
        }
    }

    /// Starts an operation; one that cannot be started completes at once.
    func begin(_ key: UInt64, _ operation: Operation, _ start: (UInt64) throws -> Void) {
        operations.with { $0[key] = operation }
        do {
            try start(key)
        } catch {
            finish(key, .failure(error as? DovetailError ?? DovetailError(.internal, "\(error)")))
            return
        }
        // A cancellation from before the start found nothing to cancel.
        if Task.isCancelled {
            cancel(key)
        }
    }

    /// Cancels an operation, which then completes. Idempotent.
    func cancel(_ key: UInt64) {
        // An error says that the runtime is gone, and with it the operation.
        try? native.cancel(key: key)
    }

    private func finish(_ key: UInt64, _ result: Result<Data, DovetailError>) {
        operations.with { $0.removeValue(forKey: key) }?.complete(result)
    }

    /// Fetches events until there are no more.
    private func pump() {
        var open = true
        while open {
            do {
                for event in try native.nextEvents(timeout: nil) {
                    open = open && event.kind != .closed
                    handle(event)
                }
            } catch {
                open = false
                end()
            }
        }
    }

    private func handle(_ event: Event) {
        switch event.kind {
        case .call, .input, .intercept:
            run(event)
        case .done:
            let failed = event.code != 0
            finish(
                event.key,
                failed ? .failure(DovetailError(code: event.code, body: event.payload)) : .success(event.payload))
        case .cancelled:
            cancelCall(event.key)
        case .progress, .ready, .change, .head, .chunk:
            operations.with { $0[event.key]?.news }?(event)
        case .message:
            if let message, let received = try? JSON.decode(LogMessage.self, from: event.payload) {
                message(received)
            }
        case .log:
            if let line = try? JSON.decode(LogLine.self, from: event.payload) {
                log(line)
            }
        case .closed:
            end()
        }
    }

    /// Handles a call in a task of its own.
    private func run(_ event: Event) {
        let call = IncomingCall(event, of: self)
        // The task removes itself, which waits for the lock: it cannot come before its own entry.
        calls.with { calls in
            let task = Task.handling { [self] in
                let answer = await handler(call)
                self.calls.with { _ = $0.removeValue(forKey: call.id) }
                send(answer, to: call)
            }
            calls[call.id] = RunningCall(task: task)
        }
    }

    fileprivate func isCancelled(_ call: UInt64) -> Bool {
        calls.with { $0[call]?.isCancelled ?? false }
    }

    private func cancelCall(_ call: UInt64) {
        let task = calls.with { calls in
            calls[call]?.isCancelled = true
            return calls[call]?.task
        }
        task?.cancel()
    }

    /// A reply that comes too late is no fault: the call was cancelled, or the session was closed.
    private func send(_ answer: Answer, to call: IncomingCall) {
        do {
            switch answer {
            case .value(let json):
                try native.reply(call: call.id, shape: .value, json: json)
            case .text(let text):
                try native.reply(call: call.id, text: text)
            case .whole(let json):
                try native.reply(call: call.id, shape: .whole, json: json)
            case .outcome:
                try native.reply(call: call.id, shape: .outcome, json: Data())
            case .failure(let body):
                try native.fail(call: call.id, failure: body)
            }
        } catch let error as DovetailError where error.code == .invalidArgument {
            guard case .failure = answer else {
                return send(.failure("the result cannot be sent: \(error.detail)"), to: call)
            }
        } catch {}
    }

    private func end() {
        for call in calls.with({ $0.keys }) {
            cancelCall(call)
        }
        let operations = operations.with { operations in
            defer { operations = [:] }
            return operations
        }
        for operation in operations.values {
            operation.complete(.failure(DovetailError(.closed, "the session was closed")))
        }
    }
}
