//! Log lines of the core as events.
use std::sync::Arc;

use bytes::Bytes;
use dovetail::{LogLevel, LogSink};

use crate::Kind;
use crate::queue::Queue;

/// A sink that offers every line to the host; one that does not fetch its events loses lines, nothing else.
pub(crate) fn log_sink(queue: &Arc<Queue>) -> LogSink {
    let queue = queue.clone();
    Arc::new(move |level, line: &str| log_line(&queue, level, line))
}

/// Offers one line to the host.
pub(crate) fn log_line(queue: &Queue, level: LogLevel, line: &str) {
    let _ = queue.offer(Kind::Log, payload(level, line));
}

fn payload(level: LogLevel, line: &str) -> Bytes {
    let level = match level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warning => "warning",
        LogLevel::Error => "error",
    };
    serde_json::json!({ "level": level, "message": line }).to_string().into()
}
