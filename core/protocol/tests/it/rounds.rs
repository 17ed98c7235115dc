//! Handlers that ask, run again and again.

use dovetail_protocol::rounds::{Asked, AskedMany, Question, QuestionKind, Run, State};
use dovetail_protocol::{ErrorKind, Limits, RawValue};

fn raw(json: &str) -> Box<RawValue> {
    serde_json::from_str(json).unwrap()
}

fn question(message: &str) -> Question {
    Question::form(message, &raw(r#"{"type":"object","properties":{"ok":{"type":"boolean"}}}"#)).unwrap()
}

fn run(state: Option<State>, responses: &str) -> Run {
    Run::start(state, Some(&raw(responses))).unwrap()
}

fn answer(asked: Asked) -> Option<String> {
    match asked {
        Asked::Answered(raw) => Some(raw.get().to_owned()),
        Asked::Suspended => None,
    }
}

const YES: &str = r#"{"action":"accept","content":{"ok":true}}"#;

#[test]
fn a_call_proceeds_question_by_question() {
    let mut first = Run::start(None, None).unwrap();
    assert!(first.input_required().is_none());
    assert!(answer(first.ask(None, question("one?")).unwrap()).is_none());
    assert!(first.is_suspended());
    let (requests, state) = first.input_required().unwrap();
    assert_eq!(
        String::from_utf8(requests).unwrap(),
        r#"{"q1":{"method":"elicitation/create","params":{"mode":"form","message":"one?","requestedSchema":{"type":"object","properties":{"ok":{"type":"boolean"}}}}}}"#
    );
    assert_eq!(state.round, 1);

    let mut second = run(Some(state), &format!(r#"{{"q1":{YES},"other":{{}}}}"#));
    assert_eq!(second.rounds(), 1);
    assert_eq!(answer(second.ask(None, question("one?")).unwrap()).as_deref(), Some(YES));
    assert!(answer(second.ask(Some("two"), question("two?")).unwrap()).is_none());
    let (_, state) = second.input_required().unwrap();

    let mut third = run(Some(state), r#"{"two":{"action":"decline"}}"#);
    assert_eq!(answer(third.ask(None, question("one?")).unwrap()).as_deref(), Some(YES));
    let declined = answer(third.ask(Some("two"), question("two?")).unwrap());
    assert_eq!(declined.as_deref(), Some(r#"{"action":"decline"}"#));
    assert!(third.input_required().is_none());
}

#[test]
fn a_changed_question_is_asked_again_and_later_answers_are_forgotten() {
    let mut start = Run::start(None, None).unwrap();
    start.ask(Some("a"), question("delete x?")).unwrap();
    let mut next = run(start.input_required().map(|(_, state)| state), &format!(r#"{{"a":{YES}}}"#));
    next.ask(Some("a"), question("delete x?")).unwrap();
    next.ask(Some("b"), question("sure?")).unwrap();
    let state = next.input_required().map(|(_, state)| state);

    let mut changed = run(state, &format!(r#"{{"b":{YES}}}"#));
    assert!(answer(changed.ask(Some("a"), question("delete y?")).unwrap()).is_none());
    let (_, state) = changed.input_required().unwrap();
    assert!(state.answers.is_empty(), "b was answered after a");
    let mut again = run(Some(state), &format!(r#"{{"a":{YES},"b":{YES}}}"#));
    assert!(answer(again.ask(Some("a"), question("delete y?")).unwrap()).is_some());
    assert!(
        answer(again.ask(Some("b"), question("sure?")).unwrap()).is_none(),
        "b was not asked in that round"
    );
}

#[test]
fn consent_is_never_applied_to_a_question_nobody_saw() {
    let mut forged = run(None, &format!(r#"{{"q1":{YES}}}"#));
    assert!(answer(forged.ask(None, question("one?")).unwrap()).is_none());

    let mut start = Run::start(None, None).unwrap();
    start.ask(None, question("small?")).unwrap();
    let (_, state) = start.input_required().unwrap();
    let mut other = run(Some(state), &format!(r#"{{"q1":{YES}}}"#));
    assert!(answer(other.ask(None, question("large?")).unwrap()).is_none());
}

#[test]
fn the_digest_covers_kind_message_and_schema_and_nothing_else() {
    let of = |kind, params: &str| Question { kind, params: raw(params) }.digest().unwrap();
    let base = of(QuestionKind::Form, r#"{"message":"m","requestedSchema":{"a":1,"b":2}}"#);
    assert_eq!(
        base,
        of(QuestionKind::Form, r#"{"requestedSchema":{"b":2, "a":1},"message":"\u006d","mode":"form"}"#)
    );
    assert_ne!(base, of(QuestionKind::Form, r#"{"message":"n","requestedSchema":{"a":1,"b":2}}"#));
    assert_ne!(base, of(QuestionKind::Form, r#"{"message":"m","requestedSchema":{"a":1,"b":3}}"#));
    assert_ne!(base, of(QuestionKind::Url, r#"{"message":"m","url":"https://a.example/"}"#));
    assert!(Question { kind: QuestionKind::Form, params: raw("{}") }.digest().is_err());
}

#[test]
fn a_swallowed_suspension_still_ends_the_run() {
    let mut run = Run::start(None, None).unwrap();
    assert!(matches!(run.ask(None, question("one?")), Ok(Asked::Suspended)));
    for _ in 0..3 {
        assert_eq!(run.ask(None, question("two?")).unwrap_err().kind, ErrorKind::Suspended);
    }
    assert_eq!(run.ask_many(vec![("x".into(), question("x?"))]).unwrap_err().kind, ErrorKind::Suspended);
    let (requests, _) = run.input_required().unwrap();
    assert!(!String::from_utf8(requests).unwrap().contains("two?"));
}

#[test]
fn several_questions_keep_the_answers_already_given() {
    let both = || vec![("a".to_owned(), question("a?")), ("b".to_owned(), question("b?"))];
    let mut first = Run::start(None, None).unwrap();
    assert!(matches!(first.ask_many(both()).unwrap(), AskedMany::Suspended));
    let mut second = run(first.input_required().map(|(_, state)| state), &format!(r#"{{"b":{YES}}}"#));
    assert!(matches!(second.ask_many(both()).unwrap(), AskedMany::Suspended));
    let (requests, state) = second.input_required().unwrap();
    assert!(String::from_utf8(requests).unwrap().starts_with(r#"{"a":"#));
    let mut third = run(Some(state), r#"{"a":{"action":"cancel"}}"#);
    let AskedMany::Answered(answers) = third.ask_many(both()).unwrap() else { panic!("still open") };
    let answers: Vec<_> = answers.iter().map(|(key, raw)| (key.as_str(), raw.get())).collect();
    assert_eq!(answers, [("a", r#"{"action":"cancel"}"#), ("b", YES)]);
}

#[test]
fn answers_must_have_their_shape() {
    let mut start = Run::start(None, None).unwrap();
    start.ask(None, question("one?")).unwrap();
    let (_, state) = start.input_required().unwrap();
    for bad in [
        "[]",
        "1",
        r#"{"q1":12345}"#,
        r#"{"q1":null}"#,
        r#"{"q1":{}}"#,
        r#"{"q1":{"action":"maybe"}}"#,
        r#"{"q1":{"action":"accept","content":"yes"}}"#,
        r#"{"q1":{"action":"decline","action":"accept"}}"#,
        r#"{"q1":{"action":"accept"},"q1":{"action":"decline"}}"#,
    ] {
        let error = Run::start(Some(state.clone()), Some(&raw(bad))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidParams, "{bad}");
    }
    let mut missing = run(Some(state), "{}");
    assert!(answer(missing.ask(None, question("one?")).unwrap()).is_none(), "asked again, not refused");
}

#[test]
fn names_are_used_once_and_rounds_are_limited() {
    let mut start = Run::start(None, None).unwrap();
    start.ask(Some("a"), question("a?")).unwrap();
    let (_, state) = start.input_required().unwrap();
    let mut twice = run(Some(state.clone()), &format!(r#"{{"a":{YES}}}"#));
    twice.ask(Some("a"), question("a?")).unwrap();
    assert_eq!(twice.ask(Some("a"), question("a?")).unwrap_err().kind, ErrorKind::InvalidConfig);
    assert_eq!(twice.failure().unwrap().kind, ErrorKind::InvalidConfig);

    let limits = Limits { rounds: 2, name: 3, ..Limits::default() };
    let mut state = None;
    for round in 0..2 {
        let mut run = Run::start_with(state.clone(), Some(&raw("{}")), &limits).unwrap();
        assert_eq!(run.rounds(), round);
        assert!(matches!(run.ask(None, question("again?")).unwrap(), Asked::Suspended));
        state = run.input_required().map(|(_, state)| state);
    }
    let mut last = Run::start_with(state, None, &limits).unwrap();
    let error = last.ask(None, question("again?")).unwrap_err();
    assert_eq!((error.kind, error.detail.contains("rounds")), (ErrorKind::LimitExceeded, true));
    assert_eq!(last.failure().unwrap().kind, ErrorKind::LimitExceeded);
    assert!(last.input_required().is_none());
    let long = Run::start_with(None, None, &limits).unwrap().ask(Some("long"), question("?")).unwrap_err();
    assert_eq!(long.kind, ErrorKind::InvalidConfig);
}
