//! The text that carries a batch: events out, replies in. One native call and one `JSON.parse` or
//! `JSON.stringify` per batch instead of one per call.
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use dovetail_bridge::{BridgeError, Code, Event, Kind, Reply, Session, Shape};
use serde_json::value::RawValue;

/// Payload bytes after which a batch is full, so that one large payload does not hold up the small ones. A string of
/// 128 KiB and more is no longer a young object of V8: making, reading and collecting it costs twice as much per byte.
const FULL: usize = 80 * 1024;

/// What an event takes in a batch beside its payload, at most.
const FRAME: usize = 40;

/// Takes up to `max` events as the JSON array `[more, kind, code, key, payload, kind, …]`. A payload is the event's own
/// JSON, `null` when it has none, or a base64 string for raw bytes. `more` is 1 when events are left that are not
/// announced again.
pub(crate) fn take(session: &Session, max: usize) -> Vec<u8> {
    let mut events = Vec::new();
    let mut size = 0;
    let fits = |event: &Event| {
        let first = size == 0;
        size += event.payload.len().max(1);
        first || size <= FULL
    };
    let more = session.take_while(max, fits, |event| events.push(event));
    let room = events.iter().map(|event| event.payload.len() + FRAME).sum();
    let mut text = Vec::with_capacity(room);
    text.extend_from_slice(if more { b"[1" } else { b"[0" });
    for event in &events {
        append(&mut text, event);
    }
    text.push(b']');
    text
}

fn append(text: &mut Vec<u8>, event: &Event) {
    write!(text, ",{},{},{},", event.kind as u32, event.code, event.key).expect("vectors grow");
    if event.kind == Kind::Chunk {
        text.push(b'"');
        text.extend_from_slice(STANDARD.encode(&event.payload).as_bytes());
        text.push(b'"');
    } else if event.payload.is_empty() {
        text.extend_from_slice(b"null");
    } else {
        text.extend_from_slice(&event.payload);
    }
}

/// Answers calls from the JSON array `[call, shape, value, call, …]`. A call that was answered or cancelled
/// meanwhile is skipped; returns how many were.
pub(crate) fn reply(session: &Session, batch: &Bytes) -> Result<u32, BridgeError> {
    let wrong =
        |detail: String| BridgeError::new(Code::InvalidArgument, format!("the batch of replies: {detail}"));
    let items: Vec<&RawValue> = serde_json::from_slice(batch).map_err(|error| wrong(error.to_string()))?;
    if !items.len().is_multiple_of(3) {
        return Err(wrong("its length is not a multiple of 3".to_owned()));
    }
    let (stale, fault) = session.reply_batch(items.chunks_exact(3).map(|reply| {
        let call = reply[0].get().parse().map_err(|_| wrong("a call id is no number".to_owned()))?;
        let shape = reply[1].get().parse().map_err(|_| wrong("a shape is no number".to_owned()))?;
        let json = batch.slice_ref(reply[2].get().as_bytes());
        Ok(Reply { call, shape: Shape::from_number(shape)?, json })
    }))?;
    fault.map_or(Ok(stale), Err)
}

/// Answers calls with plain texts: `head` is the JSON array `[[call, length], …]`, `texts` their UTF-8 in a row.
pub(crate) fn reply_texts(session: &Session, head: &[u8], mut texts: &[u8]) -> Result<u32, BridgeError> {
    let wrong = || BridgeError::new(Code::InvalidArgument, "the batch of texts: its head does not fit");
    let head: Vec<(u64, usize)> = serde_json::from_slice(head).map_err(|_| wrong())?;
    let (stale, fault) = session.reply_batch(head.into_iter().map(|(call, length)| {
        let json = texts.split_off(..length).ok_or_else(wrong)?;
        Ok(Reply { call, shape: Shape::Text, json })
    }))?;
    fault.map_or(Ok(stale), Err)
}
