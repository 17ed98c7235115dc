//! The text that carries a batch: events out, replies in. One native call and one `JSON.parse` or
//! `JSON.stringify` per batch instead of one per call.
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use dovetail_bridge::{BridgeError, Code, Event, Kind, Session, Shape};
use serde_json::value::RawValue;

/// Payload bytes after which a batch is full, so that one large payload does not hold up the small ones.
const FULL: usize = 256 * 1024;

/// Takes up to `max` events as the JSON array `[kind, code, key, payload, kind, …]`. A payload is the event's
/// own JSON, `null` when it has none, or a base64 string for raw bytes.
pub(crate) fn take(session: &Session, max: usize) -> String {
    let mut text = String::from("[");
    let mut size = 0;
    let fits = |event: &Event| {
        let first = size == 0;
        size += event.payload.len().max(1);
        first || size <= FULL
    };
    session.take_while(max, fits, |event| append(&mut text, &event));
    text.push(']');
    text
}

fn append(text: &mut String, event: &Event) {
    let comma = if text.len() > 1 { "," } else { "" };
    write!(text, "{comma}{},{},{},", event.kind as u32, event.code, event.key).expect("strings grow");
    if event.kind == Kind::Chunk {
        text.push('"');
        STANDARD.encode_string(&event.payload, text);
        text.push('"');
    } else if event.payload.is_empty() {
        text.push_str("null");
    } else {
        text.push_str(&String::from_utf8_lossy(&event.payload));
    }
}

/// Answers calls from the JSON array `[call, shape, value, call, …]`. A call that was answered or cancelled
/// meanwhile is skipped; returns how many were.
pub(crate) fn reply(session: &Session, batch: &Bytes) -> Result<u32, BridgeError> {
    let wrong =
        |detail: String| BridgeError::new(Code::InvalidArgument, format!("the batch of replies: {detail}"));
    let items: Vec<&RawValue> = serde_json::from_slice(batch).map_err(|error| wrong(error.to_string()))?;
    let mut replies = Vec::with_capacity(items.len() / 3);
    for reply in items.chunks(3) {
        let [call, shape, value] = reply else {
            return Err(wrong("its length is not a multiple of 3".to_owned()));
        };
        let call = call.get().parse().map_err(|_| wrong("a call id is no number".to_owned()))?;
        let shape = shape.get().parse().map_err(|_| wrong("a shape is no number".to_owned()))?;
        replies.push((call, Shape::from_number(shape)?, batch.slice_ref(value.get().as_bytes())));
    }
    let (mut stale, mut fault) = (0, None);
    session.reply_all(replies, |_, error| match error.code {
        Code::StaleCall => stale += 1,
        _ => drop(fault.get_or_insert(error)),
    })?;
    fault.map_or(Ok(stale), Err)
}
