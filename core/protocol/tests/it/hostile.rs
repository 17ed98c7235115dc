//! Messages that were made to be misread.

use dovetail_protocol::jsonrpc::parse;
use dovetail_protocol::{ErrorKind, Id, Limits, Malformed, MalformedKind};

fn refused(bytes: &[u8]) -> Malformed {
    match parse(bytes, &Limits::default()) {
        Ok(message) => panic!("accepted {:?} as {message:?}", String::from_utf8_lossy(bytes)),
        Err(malformed) => malformed,
    }
}

#[test]
fn each_hostile_message_is_refused_for_its_own_reason() {
    use MalformedKind::{Batch, Duplicate, Invalid, Parse};
    for (bytes, kind) in [
        (&b""[..], Parse),
        (b"   ", Parse),
        (b"{", Parse),
        (b"hello", Parse),
        (b"1 x", Parse),
        (b"[1,", Parse),
        (br#"{"jsonrpc":"2.0","id":1,"method":"ping"} {}"#, Parse),
        (br#"{"jsonrpc":"2.0","id":1,"method":"ping",}"#, Parse),
        (br#"{"jsonrpc":"2.0","id":01,"method":"ping"}"#, Parse),
        (br#"{"jsonrpc":"2.0","id":NaN,"method":"ping"}"#, Parse),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\nb\"}", Parse),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\0b\"}", Parse),
        (b"\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", Parse),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", Parse),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":{\"a\":\"\xc0\xaf\"}}", Parse),
        (b"[]", Batch),
        (br#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, Batch),
        (b"1", Invalid),
        (b"null", Invalid),
        (br#""text""#, Invalid),
        (b"{}", Invalid),
        (br#"{"id":1,"method":"ping"}"#, Invalid),
        (br#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, Invalid),
        (br#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, Invalid),
        (br#"{"JSONRPC":"2.0","id":1,"method":"ping"}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1,"Method":"ping"}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1,"method":3}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1.0,"method":"ping"}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1e3,"method":"ping"}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":99999999999999999999,"method":"ping"}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"m"}}"#, Invalid),
        (br#"{"jsonrpc":"2.0","result":{}}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1,"error":"no"}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"m"}}"#, Invalid),
        (br#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, Duplicate),
        (br#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#, Duplicate),
        (br#"{"jsonrpc":"2.0","id":1,"method":"ping","\u006dethod":"tools/call"}"#, Duplicate),
    ] {
        let malformed = refused(bytes);
        assert_eq!(malformed.kind, kind, "{:?}: {malformed:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn what_could_be_read_is_kept_for_the_answer() {
    let malformed = refused(br#"{"jsonrpc":"1.0","id":"a","method":"ping"}"#);
    assert_eq!(malformed.id, Some(Id::from("a")));
    assert_eq!(malformed.method.as_deref(), Some("ping"));
    assert!(!malformed.response);
    assert_eq!(malformed.error().kind, ErrorKind::InvalidRequest);

    let malformed = refused(br#"{"jsonrpc":"2.0","id":7,"error":null}"#);
    assert_eq!((malformed.id.clone(), malformed.response), (Some(Id::Number(7)), true));
    assert_eq!(refused(b"{").error().kind, ErrorKind::ParseError);
}

#[test]
fn nesting_is_counted_outside_strings_only() {
    let limits = Limits::default();
    let message = |params: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{params}}}"#);
    let nested = |levels: usize| message(&format!(r#"{{"a":{}{}}}"#, "[".repeat(levels), "]".repeat(levels)));
    assert!(parse(nested(limits.depth - 2).as_bytes(), &limits).is_ok());
    let malformed = parse(nested(limits.depth - 1).as_bytes(), &limits).unwrap_err();
    assert_eq!(malformed.kind, MalformedKind::TooDeep);
    assert_eq!(malformed.error().kind, ErrorKind::LimitExceeded);
    assert!(malformed.detail.contains("depth"));

    let quoted = message(&format!(r#"{{"a":"\"{}\\"}}"#, "[".repeat(1000)));
    assert!(parse(quoted.as_bytes(), &limits).is_ok());
    let wide = message(&format!(r#"{{"a":[{}0]}}"#, "[],".repeat(1000)));
    assert!(parse(wide.as_bytes(), &limits).is_ok());
    let bomb = "[".repeat(1_000_000);
    assert_eq!(refused(bomb.as_bytes()).kind, MalformedKind::TooDeep);
}

#[test]
fn size_is_checked_before_anything_else() {
    let limits = Limits { body: 40, line: 30, ..Limits::default() };
    let fits = br#"{"jsonrpc":"2.0","id":1,"method":"m"}"#;
    assert!(parse(fits, &limits).is_ok());
    assert_eq!(parse(&[b' '; 41], &limits).unwrap_err().kind, MalformedKind::TooLarge);
}
