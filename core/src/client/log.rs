//! Where a client reports what is nobody's result: a server's standard error, junk on its output, log messages.

use std::fmt;
use std::sync::Arc;

/// How serious a log line is.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LogLevel {
    /// For people who look for a fault.
    Debug,
    /// Ordinary news, such as a line the server wrote to its standard error.
    Info,
    /// Something was wrong and has been skipped.
    Warning,
    /// Something was wrong and a call may suffer.
    Error,
}

/// Receives log lines. Called from tasks of the client; must not block.
pub type LogSink = Arc<dyn Fn(LogLevel, &str) + Send + Sync>;

/// A sink, or the `tracing` subscriber of the program when none was given.
#[derive(Clone, Default)]
pub(crate) struct Log(Option<LogSink>);

impl Log {
    pub(crate) fn to(sink: LogSink) -> Self {
        Self(Some(sink))
    }

    pub(crate) fn line(&self, level: LogLevel, text: &str) {
        if let Some(sink) = &self.0 {
            sink(level, text);
            return;
        }
        match level {
            LogLevel::Debug => tracing::debug!(target: "dovetail::client", "{text}"),
            LogLevel::Info => tracing::info!(target: "dovetail::client", "{text}"),
            LogLevel::Warning => tracing::warn!(target: "dovetail::client", "{text}"),
            LogLevel::Error => tracing::error!(target: "dovetail::client", "{text}"),
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Log(sink)" } else { "Log(tracing)" })
    }
}
