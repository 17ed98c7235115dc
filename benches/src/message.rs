//! The messages of the load, per revision: one greeting and one call that is repeated.

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// 2026-07-28: every call stands for itself.
    Modern,
    /// 2025-11-25: a session.
    Session,
}

const META: &str = concat!(
    r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
    r#""io.modelcontextprotocol/clientInfo":{"name":"load","version":"1"},"#,
    r#""io.modelcontextprotocol/clientCapabilities":{}}"#
);

/// The first message of a session.
pub(crate) const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":"greeting","method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{},"clientInfo":{"name":"load","version":"1"}}}"#
);

/// The second one.
pub(crate) const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

/// The text that is sent around.
pub(crate) fn text(bytes: usize) -> String {
    "abcdefghijklmnopqrstuvwxyz012345".repeat(bytes.div_ceil(32))[..bytes].to_owned()
}

/// One call of `echo`.
pub(crate) fn call(era: Era, id: u64, text: &str) -> String {
    let meta = if era == Era::Modern { format!(",{META}") } else { String::new() };
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"echo","arguments":{{"text":"{text}"}}{meta}}}}}"#
    )
}

/// A call of `announce`.
pub(crate) fn announce() -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"announce","arguments":{{}},{META}}}}}"#
    )
}

/// A request for the list of tools.
pub(crate) fn list() -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#)
}

/// A request for news of the list of tools.
pub(crate) fn listen() -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{{"notifications":{{"toolsListChanged":true}},{META}}}}}"#
    )
}

/// What a good reply holds.
pub(crate) fn expected(text: &str) -> Vec<u8> {
    format!(r#""{text}""#).into_bytes()
}
