// Owns: log messages that a server sends to its clients, the same on both sides of a connection.

/// How important a log message is.
public enum LogLevel: String, Codable, Sendable, CaseIterable, Comparable {
    case debug, info, notice, warning, error, critical, alert, emergency

    public static func < (left: LogLevel, right: LogLevel) -> Bool {
        allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
    }
}

/// A log message that a server sent.
public struct LogMessage: Decodable, Sendable {
    /// How important it is.
    public let level: LogLevel
    /// What it is about.
    public let data: JSONValue
    /// The part of the server that it comes from.
    public let logger: String?
}

/// Receives the log messages of a server, on the thread that delivers a client's events: it must not block.
public typealias LogMessageHandler = @Sendable (LogMessage) -> Void
