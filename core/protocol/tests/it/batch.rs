//! Batches: each message stands for itself.

use dovetail_protocol::jsonrpc::{Frame, parse_frame, write_batch};
use dovetail_protocol::{ErrorKind, Limits, MalformedKind, Message};

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

fn kinds(frame: &str) -> Vec<Result<(), MalformedKind>> {
    match parse_frame(frame.as_bytes(), &Limits::default()) {
        Ok(Frame::Batch(items)) => {
            items.into_iter().map(|item| item.map(|_| ()).map_err(|e| e.kind)).collect()
        }
        other => panic!("a batch was expected, not {other:?}"),
    }
}

#[test]
fn one_bad_message_does_not_spoil_the_others() {
    let frame = format!(r#"[{PING},1,[{PING}],{{"jsonrpc":"2.0","method":"x"}},{{"jsonrpc":"1.0"}},{PING}]"#);
    let bad = Err(MalformedKind::Invalid);
    assert_eq!(kinds(&frame), [Ok(()), bad, bad, Ok(()), bad, Ok(())]);
}

#[test]
fn frames_that_are_no_batch_are_what_they_were() {
    let limits = Limits::default();
    assert!(matches!(parse_frame(PING.as_bytes(), &limits), Ok(Frame::One(Message::Request(_)))));
    for (bad, kind) in [
        ("[]", MalformedKind::Invalid),
        ("[", MalformedKind::Parse),
        ("1", MalformedKind::Invalid),
        ("{}", MalformedKind::Invalid),
    ] {
        assert_eq!(parse_frame(bad.as_bytes(), &limits).unwrap_err().kind, kind, "{bad}");
    }
}

#[test]
fn a_batch_is_bounded() {
    let limits = Limits { batch: 2, depth: 3, ..Limits::default() };
    assert!(parse_frame(format!("[{PING},{PING}]").as_bytes(), &limits).is_ok());
    let many = parse_frame(format!("[{PING},{PING},{PING}]").as_bytes(), &limits).unwrap_err();
    assert_eq!((many.kind, many.error().kind), (MalformedKind::TooMany, ErrorKind::LimitExceeded));
    let deep = r#"[{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":[]}}]"#;
    assert_eq!(parse_frame(deep.as_bytes(), &limits).unwrap_err().kind, MalformedKind::TooDeep);
}

#[test]
fn what_is_written_is_read() {
    let mut out = Vec::new();
    write_batch(&mut out, &[PING, PING]);
    assert_eq!(kinds(std::str::from_utf8(&out).unwrap()), [Ok(()), Ok(())]);
    out.clear();
    write_batch::<&str>(&mut out, &[]);
    assert!(out.is_empty());
}
