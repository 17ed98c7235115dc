//! A host of one thread: opens sessions, fetches their events, answers.
use std::collections::VecDeque;
use std::time::Duration;

use dovetail_bridge::{BridgeError, Event, Kind, Runtime, Session, Shape};
use serde_json::{Value, json};

/// Longer than anything here takes; reached only when something hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// A session and what was fetched of its events.
pub(crate) struct Pump {
    pub(crate) session: Session,
    fetched: VecDeque<Event>,
}

pub(crate) fn runtime() -> Runtime {
    Runtime::process_default().expect("a thread")
}

/// A configuration of a server with one tool, one prompt and one resource; `more` joins it.
pub(crate) fn offering(more: &Value) -> Value {
    let mut config = json!({
        "info": {"name": "s", "version": "1"},
        "tools": [{"name": "add", "description": "Adds", "inputSchema": {"type": "object"}, "handler": 1}],
        "prompts": [{"name": "greet", "arguments": [{"name": "who"}], "handler": 2}],
        "resourceTemplates": [{"uriTemplate": "note://{name}", "name": "notes", "handler": 3}],
    });
    for (name, value) in more.as_object().expect("an object") {
        config[name] = value.clone();
    }
    config
}

impl Pump {
    pub(crate) fn server(config: &Value) -> Result<Self, BridgeError> {
        let session = Session::server(&runtime(), config.to_string().into())?;
        Ok(Self { session, fetched: VecDeque::new() })
    }

    /// A client of a server of this process, connected.
    pub(crate) fn client(server: &Self, more: &Value) -> Self {
        let mut config = json!({"target": {"server": true}});
        for (name, value) in more.as_object().expect("an object") {
            config[name] = value.clone();
        }
        let client = Self::open(&config.to_string(), Some(server)).expect("a usable configuration");
        client.connected()
    }

    /// A client of a server whose layers see its handshake; they let it pass.
    pub(crate) fn client_behind(server: &mut Self, more: &Value) -> Self {
        let mut config = json!({"target": {"server": true}});
        for (name, value) in more.as_object().expect("an object") {
            config[name] = value.clone();
        }
        let mut client = Self::open(&config.to_string(), Some(server)).expect("a usable configuration");
        while !client.has_done(1) {
            for pump in [&mut *server, &mut client] {
                if let Some(call) = pump.waiting_layer() {
                    pump.proceed(call, 0);
                }
            }
            std::thread::yield_now();
        }
        client.connected()
    }

    fn has_done(&mut self, key: u64) -> bool {
        self.take_what_waits();
        self.fetched.iter().any(|event| event.kind == Kind::Done && event.key == key)
    }

    fn waiting_layer(&mut self) -> Option<u64> {
        self.take_what_waits();
        let at = self.fetched.iter().position(|event| event.kind == Kind::Intercept)?;
        self.fetched.remove(at).map(|event| event.key)
    }

    pub(crate) fn open(config: &str, server: Option<&Self>) -> Result<Self, BridgeError> {
        let server = server.map(|server| &server.session);
        let session = Session::client(&runtime(), 1, config.to_owned().into(), server)?;
        Ok(Self { session, fetched: VecDeque::new() })
    }

    pub(crate) fn connected(mut self) -> Self {
        assert_eq!(self.done(1).0, 0);
        self
    }

    /// This session's id, for the target of a client.
    pub(crate) fn id(&self) -> u64 {
        value(&self.session.status())["id"].as_u64().expect("an id")
    }

    fn fetch(&mut self) {
        assert!(self.session.wait(Some(PATIENCE)), "no event came");
        let mut events = Vec::new();
        self.session.drain(64, &mut events);
        self.fetched.extend(events);
    }

    /// The next event that fits; others wait for their turn.
    pub(crate) fn find(&mut self, fits: impl Fn(&Event) -> bool) -> Event {
        loop {
            if let Some(at) = self.fetched.iter().position(&fits) {
                return self.fetched.remove(at).expect("it was just seen");
            }
            self.fetch();
        }
    }

    /// The next event of a kind.
    pub(crate) fn next(&mut self, kind: Kind) -> Event {
        self.find(|event| event.kind == kind)
    }

    /// The code and payload of a completion.
    pub(crate) fn done(&mut self, key: u64) -> (i32, Value) {
        let done = self.find(|event| event.kind == Kind::Done && event.key == key);
        (done.code, value(&done.payload))
    }

    /// The next message that gets to a layer: its call, and the layer's number and what it says.
    pub(crate) fn intercept(&mut self) -> (u64, i32, Value) {
        let event = self.next(Kind::Intercept);
        (event.key, event.code, value(&event.payload))
    }

    pub(crate) fn request(&self, key: u64, operation: &str, params: &Value) {
        let params = params.to_string().into();
        self.session.request(key, operation, params, bytes::Bytes::new()).expect("a known operation");
    }

    pub(crate) fn call(&self, key: u64, tool: &str) {
        self.request(key, "call_tool", &json!({"name": tool, "arguments": {}}));
    }

    /// Answers a call with a plain value.
    pub(crate) fn reply(&self, call: u64, answer: &Value) {
        self.session.reply(call, Shape::Value, answer.to_string().into()).expect("a call that waits");
    }

    pub(crate) fn whole(&self, call: u64, result: &Value) {
        self.session.reply(call, Shape::Whole, result.to_string().into()).expect("a call that waits");
    }

    pub(crate) fn outcome(&self, call: u64) {
        self.session.reply(call, Shape::Outcome, bytes::Bytes::new()).expect("a call that went on");
    }

    pub(crate) fn fail(&self, call: u64, failure: &Value) {
        self.session.fail(call, failure.to_string().as_bytes()).expect("a call that waits");
    }

    pub(crate) fn proceed(&self, call: u64, key: u64) {
        self.session.proceed(call, key, b"").expect("a layer's call that waits");
    }

    fn take_what_waits(&mut self) {
        let mut events = Vec::new();
        self.session.drain(64, &mut events);
        self.fetched.extend(events);
    }

    /// Whether nothing waits now.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.take_what_waits();
        self.fetched.is_empty()
    }
}

pub(crate) fn value(payload: &[u8]) -> Value {
    serde_json::from_slice(payload).unwrap_or(Value::Null)
}
