//! The synchronous error of the UniFFI surface.
use dovetail_bridge::BridgeError;

/// Why a function failed at once; no event follows.
#[derive(Debug, uniffi::Error)]
pub enum Fault {
    /// The operation was refused.
    Refused {
        /// The number of the error code.
        code: i32,
        /// The error body of the boundary contract, a JSON object.
        body: String,
    },
}

impl From<BridgeError> for Fault {
    fn from(error: BridgeError) -> Self {
        let body = String::from_utf8(error.to_json().into()).expect("JSON is UTF-8");
        Self::Refused { code: error.code as i32, body }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Refused { body, .. } = self;
        f.write_str(body)
    }
}

impl std::error::Error for Fault {}
