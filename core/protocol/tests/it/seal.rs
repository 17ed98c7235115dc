//! State in the hands of the client.

use dovetail_protocol::canonical::salient_digest;
use dovetail_protocol::rounds::{Binding, Keyring, Pending, QuestionKind, Recorded, State, seal, unseal};
use dovetail_protocol::{ErrorKind, Limits};

const NOW: u64 = 1_800_000_000;
const OLD: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const NEW: &str = "new:__________________________________________8";

fn state() -> State {
    State {
        answers: vec![Recorded {
            key: "a".into(),
            digest: [7; 32],
            answer: serde_json::from_str(r#"{"action":"accept","content":{"n":1.50}}"#).unwrap(),
        }],
        pending: vec![Pending { key: "b".into(), kind: QuestionKind::Form, digest: [9; 32] }],
        round: 2,
        ..State::default()
    }
}

fn binding() -> Binding<'static> {
    Binding {
        principal: Some("alice"),
        method: "tools/call",
        params_digest: salient_digest("remove", None).unwrap(),
        audience: "demo",
    }
}

fn ring(text: &str) -> Keyring {
    Keyring::from_secret_text(text).unwrap()
}

fn sealed(by: &Keyring) -> String {
    seal(&state(), &binding(), by, [3; 12], NOW, 600, &Limits::default()).unwrap()
}

fn open(token: &str, binding: &Binding<'_>, by: &Keyring, now: u64) -> Result<State, ErrorKind> {
    unseal(token, binding, by, now, &Limits::default()).map_err(|error| error.kind)
}

#[test]
fn what_was_sealed_opens_unchanged_and_shows_nothing() {
    let old = ring(OLD);
    let token = sealed(&old);
    assert!(token.starts_with("v1.old."));
    assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)));
    let back = open(&token, &binding(), &old, NOW + 599).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), serde_json::to_string(&state()).unwrap());
    assert_eq!(back.answers[0].answer.get(), r#"{"action":"accept","content":{"n":1.50}}"#);
}

#[test]
fn every_changed_character_is_noticed() {
    let old = ring(OLD);
    let token = sealed(&old);
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let kind = open(std::str::from_utf8(&bytes).unwrap(), &binding(), &old, NOW).unwrap_err();
        assert!(matches!(kind, ErrorKind::StateTampered | ErrorKind::StateUnknownKey), "{at}: {kind}");
    }
    for bad in
        ["", "v1.", "v1.old", "v1.old.", "v1.old.AAAA", "v2.old.AAAA", "plain", &format!("{token}-TAMPERED")]
    {
        assert_eq!(open(bad, &binding(), &old, NOW).unwrap_err(), ErrorKind::StateTampered, "{bad}");
    }
}

#[test]
fn it_opens_only_where_it_belongs() {
    let old = ring(OLD);
    let token = sealed(&old);
    let args = serde_json::from_str(r#"{"path":"/"}"#).unwrap();
    let own = binding();
    for other in [
        Binding { principal: Some("bob"), ..own },
        Binding { principal: Some(""), ..own },
        Binding { principal: None, ..own },
        Binding { method: "prompts/get", ..own },
        Binding { params_digest: salient_digest("remove", Some(args)).unwrap(), ..own },
        Binding { audience: "other", ..own },
    ] {
        assert_eq!(open(&token, &other, &old, NOW).unwrap_err(), ErrorKind::StateTampered, "{other:?}");
    }
    let anonymous = Binding { principal: None, ..own };
    let token = seal(&state(), &anonymous, &old, [3; 12], NOW, 600, &Limits::default()).unwrap();
    assert!(open(&token, &anonymous, &old, NOW).is_ok());
    let empty = Binding { principal: Some(""), ..own };
    assert_eq!(open(&token, &empty, &old, NOW).unwrap_err(), ErrorKind::StateTampered);
}

#[test]
fn expiry_rotation_and_unknown_keys_are_different_errors() {
    let (old, new) = (ring(OLD), ring(NEW));
    let token = sealed(&old);
    assert_eq!(open(&token, &binding(), &old, NOW + 600).unwrap_err(), ErrorKind::StateExpired);
    assert_eq!(open(&token, &binding(), &new, NOW).unwrap_err(), ErrorKind::StateUnknownKey);
    let both = ring(&format!("{NEW}, {OLD}"));
    assert!(open(&token, &binding(), &both, NOW).is_ok());
    assert!(sealed(&both).starts_with("v1.new."));
    let impostor = Keyring::single("old", [1; 32]);
    assert_eq!(open(&token, &binding(), &impostor, NOW).unwrap_err(), ErrorKind::StateTampered);
    let last = seal(&state(), &binding(), &old, [0; 12], u64::MAX - 1, 600, &Limits::default()).unwrap();
    assert!(open(&last, &binding(), &old, u64::MAX - 1).is_ok());
}

#[test]
fn size_is_limited_both_ways() {
    let old = ring(OLD);
    let token = sealed(&old);
    let exact = Limits { state: token.len(), ..Limits::default() };
    let small = Limits { state: token.len() - 1, ..Limits::default() };
    assert!(unseal(&token, &binding(), &old, NOW, &exact).is_ok());
    assert_eq!(unseal(&token, &binding(), &old, NOW, &small).unwrap_err().kind, ErrorKind::LimitExceeded);
    let error = seal(&state(), &binding(), &old, [3; 12], NOW, 600, &small).unwrap_err();
    assert_eq!((error.kind, error.detail.contains("limit state")), (ErrorKind::LimitExceeded, true));
}

#[test]
fn key_rings_are_read_strictly_and_never_shown() {
    for bad in ["", " , ", "key", "a:", "a:AAAA", ":AAAA", "a b:AAAA", &format!("{OLD},{OLD}"), "a:%%%%"] {
        assert_eq!(Keyring::from_secret_text(bad).unwrap_err().kind, ErrorKind::InvalidConfig, "{bad}");
    }
    assert_eq!(format!("{:?}", ring(&format!("{OLD},{NEW}"))), r#"["old", "new"]"#);
}
