//! Steps, single use and answers nobody asked for: what survives from one run to the next.

use dovetail_protocol::canonical::salient_digest;
use dovetail_protocol::rounds::{Asked, AskedMany, Binding, Keyring, Question, Run, State, seal, unseal};
use dovetail_protocol::types::SampleRequest;
use dovetail_protocol::{ErrorKind, Limits, RawValue};

fn raw(json: &str) -> Box<RawValue> {
    serde_json::from_str(json).unwrap()
}

fn question(message: &str) -> Question {
    Question::form(message, &raw(r#"{"type":"object","properties":{}}"#)).unwrap()
}

const YES: &str = r#"{"action":"accept","content":{}}"#;

/// The state as the next run sees it: sealed, sent, echoed, opened.
fn travelled(run: &Run) -> State {
    let (_, state) = run.input_required().unwrap();
    let binding = Binding {
        principal: None,
        method: "tools/call",
        params_digest: salient_digest("t", None).unwrap(),
        audience: "demo",
    };
    let (ring, limits) = (Keyring::single("k", [1; 32]), Limits::default());
    let token = seal(&state, &binding, &ring, [2; 12], 0, 60, &limits).unwrap();
    unseal(&token, &binding, &ring, 1, &limits).unwrap()
}

fn answered(state: State, responses: &str) -> Run {
    Run::start(Some(state), Some(&raw(responses))).unwrap()
}

#[test]
fn a_step_is_taken_once_however_often_the_handler_runs() {
    let mut first = Run::start(None, None).unwrap();
    assert!(first.step("reserve").unwrap().is_none());
    first.record_step("reserve", raw(r#"{"seat":1.0}"#)).unwrap();
    assert!(matches!(first.ask(Some("sure"), question("sure?")), Ok(Asked::Suspended)));

    let mut second = answered(travelled(&first), &format!(r#"{{"sure":{YES}}}"#));
    assert_eq!(second.step("reserve").unwrap().unwrap().get(), r#"{"seat":1.0}"#);
    assert!(matches!(second.ask(Some("sure"), question("sure?")), Ok(Asked::Answered(_))));
    assert!(second.step("pay").unwrap().is_none());
    second.record_step("pay", raw("null")).unwrap();
    assert!(matches!(second.ask(Some("mail"), question("mail?")), Ok(Asked::Suspended)));

    let mut third = answered(travelled(&second), "{}");
    assert!(third.step("reserve").unwrap().is_some() && third.step("pay").unwrap().is_some());
}

#[test]
fn a_step_falls_with_the_answer_it_relied_on() {
    let mut first = Run::start(None, None).unwrap();
    first.step("before").unwrap();
    first.record_step("before", raw("1")).unwrap();
    first.ask(Some("a"), question("delete x?")).unwrap();
    let mut second = answered(travelled(&first), &format!(r#"{{"a":{YES}}}"#));
    second.ask(Some("a"), question("delete x?")).unwrap();
    second.step("after").unwrap();
    second.record_step("after", raw("2")).unwrap();
    second.ask(Some("b"), question("more?")).unwrap();

    let mut third = answered(travelled(&second), &format!(r#"{{"b":{YES}}}"#));
    assert!(matches!(third.ask(Some("a"), question("delete y?")), Ok(Asked::Suspended)));
    let state = travelled(&third);
    assert_eq!(state.steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(), ["before"]);
    assert!(state.answers.is_empty());
}

#[test]
fn steps_are_used_as_they_are_meant() {
    let mut run = Run::start(None, None).unwrap();
    assert_eq!(run.record_step("a", raw("1")).unwrap_err().kind, ErrorKind::InvalidConfig, "not asked for");
    run.step("a").unwrap();
    run.record_step("a", raw("1")).unwrap();
    assert_eq!(
        run.record_step("a", raw("2")).unwrap_err().kind,
        ErrorKind::InvalidConfig,
        "recorded already"
    );
    assert_eq!(run.step("a").unwrap_err().kind, ErrorKind::InvalidConfig, "used twice");
    assert!(run.failure().is_some(), "and that decides the run");
    assert!(Run::start(None, None).unwrap().step("").is_err());
    let mut run = Run::start(None, None).unwrap();
    run.ask(None, question("one?")).unwrap();
    assert_eq!(run.step("late").unwrap_err().kind, ErrorKind::Suspended);
}

#[test]
fn a_call_keeps_the_name_it_was_given() {
    let mut first = Run::start(None, None).unwrap();
    assert_eq!(first.nonce(), None);
    first.set_nonce("n1".into());
    first.ask(None, question("one?")).unwrap();
    let mut second = answered(travelled(&first), "{}");
    second.set_nonce("n2".into());
    assert_eq!(second.nonce(), Some("n1"));
}

#[test]
fn every_kind_of_question_fits_into_one_round() {
    let questions = || {
        vec![
            ("form".to_owned(), question("one?")),
            ("link".to_owned(), Question::url("visit", "https://a.example/").unwrap()),
            ("model".to_owned(), Question::sample(&SampleRequest::new("hello", 5))),
            ("roots".to_owned(), Question::roots()),
        ]
    };
    let mut first = Run::start(None, None).unwrap();
    assert!(matches!(first.ask_many(questions()), Ok(AskedMany::Suspended)));
    let (requests, _) = first.input_required().unwrap();
    let requests: serde_json::Value = serde_json::from_slice(&requests).unwrap();
    assert_eq!(requests["link"]["params"]["mode"], "url");
    assert_eq!(requests["model"]["method"], "sampling/createMessage");
    assert_eq!(requests["roots"]["method"], "roots/list");

    let responses = format!(
        r#"{{"form":{YES},"link":{{"action":"accept"}},"model":{{"role":"assistant","content":{{"type":"text","text":"hi"}},"model":"m"}},"roots":{{"roots":[]}}}}"#
    );
    let mut second = answered(travelled(&first), &responses);
    let Ok(AskedMany::Answered(answers)) = second.ask_many(questions()) else { panic!("all are answered") };
    assert_eq!(
        answers.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
        ["form", "link", "model", "roots"]
    );

    for bad in
        [r#"{"form":{"action":"yes"}}"#, r#"{"model":{"role":"assistant"}}"#, r#"{"roots":{"roots":{}}}"#]
    {
        let error = Run::start(Some(travelled(&first)), Some(&raw(bad))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidParams, "{bad}");
    }
}

#[test]
fn unasked_answers_count_only_where_the_handler_takes_them() {
    let responses = raw(&format!(r#"{{"name":{YES},"q1":{YES},"bad":{{"action":"yes"}}}}"#));
    let mut strict = Run::start(None, Some(&responses)).unwrap();
    assert!(matches!(strict.ask(Some("name"), question("one?")), Ok(Asked::Suspended)));

    let mut open = Run::start(None, Some(&responses)).unwrap();
    open.accept_unasked(&responses).unwrap();
    assert!(matches!(open.ask(Some("name"), question("one?")), Ok(Asked::Answered(_))));
    assert!(matches!(open.ask(None, question("two?")), Ok(Asked::Suspended)), "only named questions");
    assert_eq!(travelled(&open).answers.len(), 1);

    let mut open = Run::start(None, None).unwrap();
    open.accept_unasked(&responses).unwrap();
    assert_eq!(open.ask(Some("bad"), question("one?")).unwrap_err().kind, ErrorKind::InvalidParams);
    let twice = raw(&format!(r#"{{"a":{YES},"a":{YES}}}"#));
    assert_eq!(open.accept_unasked(&twice).unwrap_err().kind, ErrorKind::InvalidParams);
}
