//! The shortcut for a plain call reads what the general way reads, or nothing.

use dovetail_protocol::jsonrpc::{ToolCall, parse};
use dovetail_protocol::types::CallParams;
use dovetail_protocol::{Limits, Message, RawValue};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

/// What the shortcut and the general way say about a message, in one form. `None`: nothing.
fn both(wire: &str) -> (Option<String>, Option<String>) {
    let raw = |raw: Option<&RawValue>| raw.map(|raw| raw.get().to_owned());
    let shown = |id: &dyn std::fmt::Debug, call: &CallParams<'_>| {
        format!(
            "{id:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            call.name,
            raw(call.arguments),
            raw(call.input_responses),
            call.request_state,
            call.meta.protocol_version,
            raw(call.meta.client_info),
            raw(call.meta.client_capabilities),
            call.meta.log_level,
            call.meta.progress_token,
        )
    };
    let short = ToolCall::read(wire.as_bytes(), &Limits::default());
    let general = match parse(wire.as_bytes(), &Limits::default()) {
        Ok(Message::Request(request)) if request.method == "tools/call" => {
            CallParams::parse(request.params).ok().map(|params| shown(&request.id, &params))
        }
        _ => None,
    };
    (short.map(|call| shown(&call.id, &call.params)), general)
}

const META: &str = r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"x","version":"1"},"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":"info","progressToken":7,"own":[1]}"#;

#[test]
fn plain_calls_take_the_shortcut() {
    for wire in [
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"a","arguments":{{"t":"\u00e9"}},"_meta":{META}}}}}"#
        ),
        r#" { "params":{"name":"a","x":null}, "method":"tools/call" , "id":"x","jsonrpc":"2.0","more":[{}]} "#
            .to_owned(),
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","requestState":"s","inputResponses":{}}}"#
            .to_owned(),
    ] {
        let (short, general) = both(&wire);
        assert!(short.is_some(), "{wire}");
        assert_eq!(short, general);
    }
}

/// Members, some of them odd, of the three objects of a call.
const ENVELOPE: [&str; 14] = [
    r#""jsonrpc":"2.0""#,
    r#""id":1"#,
    r#""method":"tools/call""#,
    r#""jsonrpc":"1.0""#,
    r#""id":null"#,
    r#""id":1.5"#,
    r#""id":"\u0061""#,
    r#""method":"tools/list""#,
    r#""method":"tools\/call""#,
    r#""\u0069d":2"#,
    r#""result":{}"#,
    r#""error":null"#,
    r#""params":["a"]"#,
    r#""other":{"id":3}"#,
];
const PARAMS: [&str; 16] = [
    r#""name":"a""#,
    r#""arguments":{"t":1}"#,
    r#""name":"\u0061""#,
    r#""name":1"#,
    r#""n\u0061me":"b""#,
    r#""arguments":null"#,
    r#""arguments":[]"#,
    r#""inputResponses":{}"#,
    r#""inputResponses":[]"#,
    r#""requestState":"s""#,
    r#""requestState":null"#,
    r#""_meta":null"#,
    r#""_meta":[]"#,
    r#""uri":1"#,
    r#""cursor":1"#,
    r#""other":1"#,
];
const METADATA: [&str; 12] = [
    r#""io.modelcontextprotocol/protocolVersion":"2026-07-28""#,
    r#""io.modelcontextprotocol/protocolVersion":null"#,
    r#""io.modelcontextprotocol/clientInfo":{}"#,
    r#""io.modelcontextprotocol/clientInfo":1"#,
    r#""io.modelcontextprotocol/clientCapabilities":{"roots":{}}"#,
    r#""io.modelcontextprotocol/clientCapabilities":null"#,
    r#""io.modelcontextprotocol/logLevel":"info""#,
    r#""io.modelcontextprotocol/logLevel":"loud""#,
    r#""progressToken":"t""#,
    r#""progressToken":1.0"#,
    r#""progressToken":null"#,
    r#""x":{}"#,
];

fn members(all: &'static [&'static str], least: usize) -> impl Strategy<Value = Vec<&'static str>> {
    (subsequence(all[..least].to_vec(), 0..=least), subsequence(all[least..].to_vec(), 0..3), any::<Index>())
        .prop_map(|(mut chosen, odd, turn)| {
            chosen.extend(odd);
            if !chosen.is_empty() {
                let at = turn.index(chosen.len());
                chosen.rotate_left(at);
            }
            chosen
        })
}

proptest! {
    #[test]
    fn the_shortcut_never_reads_a_message_differently(
        envelope in members(&ENVELOPE, 3),
        params in members(&PARAMS, 2),
        meta in members(&METADATA, 1),
        with_meta: bool,
        cut in any::<Option<Index>>(),
    ) {
        let mut params = params;
        let meta = format!(r#""_meta":{{{}}}"#, meta.join(","));
        if with_meta {
            params.push(&meta);
        }
        let params = format!(r#""params":{{{}}}"#, params.join(" ,"));
        let mut all = envelope;
        all.push(&params);
        let mut wire = format!("{{{}}}", all.join(","));
        if let Some(cut) = cut {
            wire.truncate(cut.index(wire.len()));
        }
        let (short, general) = both(&wire);
        if short.is_some() {
            prop_assert_eq!(short, general, "{}", wire);
        }
    }
}
