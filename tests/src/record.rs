//! What the tap writes down: one JSON object a line for every message that passed.
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the client to the server.
    C2s,
    /// From the server to the client.
    S2c,
}

/// One message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Which way it went.
    pub dir: Direction,
    /// `stdio` or `http`.
    pub transport: String,
    /// Number of the HTTP exchange that it was part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<u64>,
    /// Request line or status of the exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Headers of the exchange in this direction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The message; `None` for a body without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg: Option<Value>,
    /// What passed instead when it is no JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub junk: Option<String>,
}

impl Record {
    /// A record of bytes that should be one JSON message.
    pub fn new(dir: Direction, transport: &str, bytes: &[u8]) -> Self {
        let msg = serde_json::from_slice(bytes).ok();
        let junk = msg.is_none().then(|| String::from_utf8_lossy(bytes).into_owned());
        let junk = junk.filter(|text| !text.trim().is_empty());
        Self {
            dir,
            transport: transport.to_owned(),
            exchange: None,
            line: None,
            headers: Vec::new(),
            msg,
            junk,
        }
    }
}

/// A log that is being written.
#[derive(Debug)]
pub struct Log(Mutex<File>);

impl Log {
    /// Opens a log to append to.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, String> {
        let file = File::options().create(true).append(true).open(path);
        file.map(|file| Self(Mutex::new(file))).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Appends one record.
    pub fn add(&self, record: &Record) {
        let mut line = serde_json::to_vec(record).expect("text and JSON always serialize");
        line.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written misses messages, and its reader fails on that.
        let _ = file.write_all(&line);
    }
}

/// Reads a log.
///
/// # Errors
/// When it cannot be read, or a line is not a record.
pub fn read(path: &Path) -> Result<Vec<Record>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.lines()
        .map(|line| {
            serde_json::from_str(line).map_err(|error| format!("{}: {error}: {line}", path.display()))
        })
        .collect()
}
