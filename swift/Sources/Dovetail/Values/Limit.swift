// Owns: the limits of servers and clients as their author names them. The core keeps them; docs/limits.md has them all.

/// Something that is bounded in a server or client. A limit of the other side is refused.
///
/// ```swift
/// let server = Server("demo", limits: [.body: 1 << 20, .inFlight: 64])
/// ```
public enum Limit: String, Hashable, Sendable, CaseIterable {
    /// One HTTP body or server-sent event, in bytes.
    case body
    /// One line on stdio, in bytes.
    case line
    /// Nested arrays and objects in one message.
    case depth
    /// All HTTP headers of one request together, in bytes.
    case headers
    /// Requests being handled at once.
    case inFlight
    /// Rounds of questions one call may take.
    case rounds
    /// One sealed requestState, in bytes. Servers only.
    case state
    /// Notifications or events waiting to be read.
    case queue
    /// Sessions of the older revisions alive at once. Servers only.
    case sessions
    /// A name: tool, question, key, in bytes. Servers only.
    case name
    /// How long a sealed requestState may be answered, in milliseconds. Servers only.
    case stateTtl
    /// How long a client waits for one call, in milliseconds. Clients only.
    case callTimeout
    /// How long a client waits for its first probe, in milliseconds. Clients only.
    case probeTimeout
    /// How long a shutdown lets running work finish, in milliseconds.
    case drain
    /// How long a session without traffic is kept, in milliseconds. Servers only.
    case sessionIdle
    /// Pages a client walks in one listing. Clients only.
    case pages
    /// Messages in one batch.
    case batch
    /// Resources one session or listening request subscribes to.
    case subscriptions
    /// Responses a client keeps for reuse. Clients only.
    case cache
    /// Events kept per session for a resumed stream. Servers only.
    case events
    /// All events kept per session for a resumed stream, in bytes. Servers only.
    case eventBytes
    /// The longest a client waits for one call, whatever its progress, in milliseconds. Clients only.
    case callTotal
    /// How often a client repeats a request that is safe to repeat. Clients only.
    case retries
    /// How often in a row a client tries to restore a connection. Clients only.
    case reconnects
    /// Notifications a client keeps for a program that does not read. Clients only.
    case notifications
    /// How long a layer may take by itself, before and after what is inside, in milliseconds.
    case hook

    /// What holds unless another value is set.
    public var standard: Int {
        Int(clamping: defaultValue)
    }

    private var defaultValue: UInt64 {
        switch self {
        case .body: DefaultLimits.body
        case .line: DefaultLimits.line
        case .depth: DefaultLimits.depth
        case .headers: DefaultLimits.headers
        case .inFlight: DefaultLimits.inFlight
        case .rounds: DefaultLimits.rounds
        case .state: DefaultLimits.state
        case .queue: DefaultLimits.queue
        case .sessions: DefaultLimits.sessions
        case .name: DefaultLimits.name
        case .stateTtl: DefaultLimits.stateTtl
        case .callTimeout: DefaultLimits.callTimeout
        case .probeTimeout: DefaultLimits.probeTimeout
        case .drain: DefaultLimits.drain
        case .sessionIdle: DefaultLimits.sessionIdle
        case .pages: DefaultLimits.pages
        case .batch: DefaultLimits.batch
        case .subscriptions: DefaultLimits.subscriptions
        case .cache: DefaultLimits.cache
        case .events: DefaultLimits.events
        case .eventBytes: DefaultLimits.eventBytes
        case .callTotal: DefaultLimits.callTotal
        case .retries: DefaultLimits.retries
        case .reconnects: DefaultLimits.reconnects
        case .notifications: DefaultLimits.notifications
        case .hook: DefaultLimits.hook
        }
    }

    /// The member of a configuration; nil when there are none.
    static func json(_ limits: [Limit: Int]) -> String? {
        guard !limits.isEmpty else { return nil }
        let sorted = limits.sorted { $0.key.rawValue < $1.key.rawValue }
        return "{" + sorted.map { JSON.quote($0.key.rawValue) + ":" + String($0.value) }.joined(separator: ",") + "}"
    }
}
