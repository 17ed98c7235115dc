// Owns: what a client or server has to say beside its results.
import Foundation

/// A line for the log.
public struct LogLine: Decodable, Sendable {
    /// How important it is, `debug`, `info`, `warning` or `error`.
    public let level: String
    /// What happened.
    public let message: String
}

extension LogLine {
    /// A line of this package itself.
    static func error(_ message: String) -> LogLine {
        LogLine(level: "error", message: message)
    }
}

/// Receives the log lines of a client or server, on the thread that delivers its events: it must not block.
public typealias LogHandler = @Sendable (LogLine) -> Void

/// Writes warnings and errors to standard error, which is free under every transport.
let logToStandardError: LogHandler = { line in
    guard ["warning", "error"].contains(line.level) else { return }
    // Whoever read standard error may have gone; then nobody misses the line.
    try? FileHandle.standardError.write(contentsOf: Data("dovetail: \(line.level): \(line.message)\n".utf8))
}
