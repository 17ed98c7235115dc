//! Batches: arrays of messages in one frame, on the one revision that has them.
//!
//! Must never run a batch within a batch, nor let one bad message spoil the others.

use serde_json::value::RawValue;

use super::{Malformed, MalformedKind, Message, parse};
use crate::limits::Limits;

/// What one frame holds.
#[derive(Debug)]
pub enum Frame<'a> {
    /// One message.
    One(Message<'a>),
    /// Several, in order; each valid or not on its own. Never empty.
    Batch(Vec<Result<Message<'a>, Malformed>>),
}

/// Reads a frame that may be a batch. The caller decides whether its revision has them
/// ([`Feature::Batches`](crate::Feature::Batches)).
///
/// Fails as [`parse`] does, on an empty batch with [`MalformedKind::Invalid`], and with [`MalformedKind::TooMany`]
/// beyond `limits.batch` messages. Nesting is counted over the whole frame, the array included. 2025-03-26, basic
/// protocol, "Batching".
pub fn parse_frame<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Frame<'a>, Malformed> {
    match parse(bytes, limits) {
        Ok(message) => return Ok(Frame::One(message)),
        Err(malformed) if malformed.kind != MalformedKind::Batch => return Err(malformed),
        Err(_) => {}
    }
    let items: Vec<&'a RawValue> = serde_json::from_slice(bytes)
        .map_err(|_| Malformed::new(MalformedKind::Invalid, "the batch is not a list of messages"))?;
    if items.is_empty() {
        return Err(Malformed::new(MalformedKind::Invalid, "a batch holds at least one message"));
    }
    if items.len() > limits.batch {
        let detail = format!("a batch holds at most {} messages (limit batch)", limits.batch);
        return Err(Malformed::new(MalformedKind::TooMany, detail));
    }
    let one = |raw: &'a RawValue| {
        parse(raw.get().as_bytes(), limits).map_err(|malformed| match malformed.kind {
            MalformedKind::Batch => Malformed::new(MalformedKind::Invalid, "a batch holds no batches"),
            _ => malformed,
        })
    };
    Ok(Frame::Batch(items.into_iter().map(one).collect()))
}

/// Appends a batch of messages that are JSON already. Nothing is appended for none.
pub fn write_batch<M: AsRef<[u8]>>(out: &mut Vec<u8>, messages: &[M]) {
    for (at, message) in messages.iter().enumerate() {
        out.push(if at == 0 { b'[' } else { b',' });
        out.extend_from_slice(message.as_ref());
    }
    if !messages.is_empty() {
        out.push(b']');
    }
}
