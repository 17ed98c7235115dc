//! The records of the two batch buffers: events towards C, replies from C. Pure layout, no handle, no queue.
use std::mem::MaybeUninit;

use dovetail_bridge::{BridgeError, Event, Reply, Shape};

use crate::status::invalid;

/// Every record begins at a multiple of this many bytes from the start of its buffer.
const ALIGNMENT: usize = 8;

/// The head of one event in the buffer of `dovetail_next_events`. `len` bytes of payload follow it directly; then
/// comes padding up to the next multiple of 8 bytes, and the next record.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DovetailEvent {
    /// What it says, one of `DOVETAIL_EVENT_…`.
    pub kind: u32,
    /// 0 or an error code, an index of a tool, or an HTTP status: by kind.
    pub code: i32,
    /// The key that the host chose, or the id of a call: by kind.
    pub key: u64,
    /// Length of the payload in bytes: UTF-8 JSON (raw bytes for `DOVETAIL_EVENT_CHUNK`), not terminated by 0.
    pub len: u32,
    /// 0.
    pub reserved: u32,
}

/// The head of one reply in the buffer of `dovetail_reply_batch`. `len` bytes of JSON follow it directly; then
/// comes padding up to the next multiple of 8 bytes, and the next record.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DovetailReply {
    /// The id of the call.
    pub call: u64,
    /// How the bytes are meant, one of `DOVETAIL_SHAPE_…`.
    pub shape: u32,
    /// Length of the JSON in bytes.
    pub len: u32,
}

const EVENT_HEAD: usize = size_of::<DovetailEvent>();
const REPLY_HEAD: usize = size_of::<DovetailReply>();

// Programs in other languages read these offsets without a header.
const _: () = {
    use std::mem::offset_of;
    assert!(EVENT_HEAD == 24 && align_of::<DovetailEvent>() == ALIGNMENT);
    assert!(offset_of!(DovetailEvent, kind) == 0 && offset_of!(DovetailEvent, code) == 4);
    assert!(offset_of!(DovetailEvent, key) == 8 && offset_of!(DovetailEvent, len) == 16);
    assert!(REPLY_HEAD == 16 && align_of::<DovetailReply>() == ALIGNMENT);
    assert!(offset_of!(DovetailReply, shape) == 8 && offset_of!(DovetailReply, len) == 12);
};

/// What an event takes in a buffer, in bytes.
pub(crate) fn event_size(event: &Event) -> usize {
    EVENT_HEAD + event.payload.len().next_multiple_of(ALIGNMENT)
}

fn event_head(event: &Event) -> [u8; EVENT_HEAD] {
    let len = u32::try_from(event.payload.len()).expect("messages are bounded far below 4 GiB");
    let mut head = [0; EVENT_HEAD];
    head[..4].copy_from_slice(&(event.kind as u32).to_ne_bytes());
    head[4..8].copy_from_slice(&event.code.to_ne_bytes());
    head[8..16].copy_from_slice(&event.key.to_ne_bytes());
    head[16..20].copy_from_slice(&len.to_ne_bytes());
    head
}

/// Writes one record over the whole of `target`, which has exactly [`event_size`] bytes.
pub(crate) fn write_event(event: &Event, target: &mut [MaybeUninit<u8>]) {
    let (head, rest) = target.split_at_mut(EVENT_HEAD);
    let (payload, padding) = rest.split_at_mut(event.payload.len());
    head.write_copy_of_slice(&event_head(event));
    payload.write_copy_of_slice(&event.payload);
    padding.fill(MaybeUninit::new(0));
}

/// A reply of a batch, or what is wrong with it.
type Read<'a> = Result<Reply<&'a [u8]>, BridgeError>;

/// Reads a whole batch before anything of it is used. A fault of the frame fails the batch; a reply whose own
/// content is bad stands as an error in its place.
pub(crate) fn read_replies(batch: &[u8]) -> Result<Vec<Read<'_>>, BridgeError> {
    let mut replies = Vec::new();
    let mut at = 0;
    while at < batch.len() {
        let cut = || invalid(format!("the batch ends inside the record at byte {at}"));
        let head = batch.get(at..at + REPLY_HEAD).ok_or_else(cut)?;
        let (call, rest) = head.split_first_chunk::<8>().expect("the head has 16 bytes");
        let (number, len) = rest.split_first_chunk::<4>().expect("the head has 16 bytes");
        let call = u64::from_ne_bytes(*call);
        let len = u32::from_ne_bytes(len.try_into().expect("the head has 16 bytes")) as usize;
        let start = at + REPLY_HEAD;
        let end = start.checked_add(len).filter(|end| *end <= batch.len()).ok_or_else(cut)?;
        let json = &batch[start..end];
        replies.push(
            Shape::from_number(u32::from_ne_bytes(*number))
                .map(|shape| Reply { call, shape, json })
                .map_err(|error| error.about_call(call)),
        );
        // The padding of the last record may be missing.
        at = end.next_multiple_of(ALIGNMENT);
    }
    Ok(replies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use dovetail_bridge::Kind;

    fn record(call: u64, shape: u32, json: &[u8]) -> Vec<u8> {
        let mut bytes = call.to_ne_bytes().to_vec();
        bytes.extend(shape.to_ne_bytes());
        bytes.extend(u32::try_from(json.len()).expect("small").to_ne_bytes());
        bytes.extend(json);
        bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
        bytes
    }

    #[test]
    fn an_event_has_a_head_of_24_bytes_and_is_padded_to_8() {
        let event = Event { kind: Kind::Done, code: -3, key: 7, payload: Bytes::from_static(b"123456789") };
        let mut expected = Vec::new();
        expected.extend(2u32.to_ne_bytes());
        expected.extend((-3i32).to_ne_bytes());
        expected.extend(7u64.to_ne_bytes());
        expected.extend(9u32.to_ne_bytes());
        expected.extend(0u32.to_ne_bytes());
        assert_eq!(event_head(&event).as_slice(), expected);
        assert_eq!(event_size(&event), 40);
    }

    #[test]
    fn one_bad_reply_does_not_fail_its_batch() {
        let batch = [record(1, 0, b"\"a\""), record(2, 9, b"1"), record(4, 1, b"{}")].concat();
        let replies = read_replies(&batch).expect("the frame is good");
        let good: Vec<u64> = replies.iter().flatten().map(|reply| reply.call).collect();
        assert_eq!(good, [1, 4]);
        let bad: Vec<_> = replies.iter().filter_map(|reply| reply.as_ref().err()).collect();
        assert_eq!(bad[0].context, [("call".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn a_batch_that_ends_early_is_refused_whole() {
        let whole = [record(1, 0, b"true"), record(2, 0, b"12345678")].concat();
        for length in [1, 15, 19, whole.len() - 1] {
            assert!(read_replies(&whole[..length]).is_err(), "{length} bytes");
        }
        assert_eq!(read_replies(&whole[..20]).expect("only padding is missing").len(), 1);
        assert_eq!(read_replies(&[]).expect("nothing").len(), 0);
    }
}
