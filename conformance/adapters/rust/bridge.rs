//! The bridge scripts' adapter over the facade itself: one JSON command a line in, one JSON answer a line out.
#![allow(clippy::print_stdout, reason = "its standard output carries the answers")]
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use dovetail_bridge::{BridgeError, Event, Kind, Runtime, Session, Shape};
use serde::Deserialize;
use serde_json::{Value, json};

/// How long `big` waits for its own completion.
const ANSWER: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Order {
    Open,
    Request { key: u64, op: String, params: Option<Value> },
    Cancel { key: u64 },
    Reply { call: u64, shape: u32, json: Option<Value> },
    Proceed { call: u64, key: u64, json: Option<Value> },
    RawReply { call: u64, hex: String },
    Fail { call: u64, json: Value },
    Progress { call: u64, json: Value },
    Ask { call: u64, key: u64, json: Value },
    CallInfo { call: u64 },
    Close { key: u64, deadline: u64 },
    Next { max: usize, timeout: u64 },
    Status,
    Big { key: u64, bytes: usize },
    ExitPending,
}

fn main() {
    let mut session = None;
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let (answer, end) = match serde_json::from_str(&line) {
            Ok(order) => {
                let end = matches!(order, Order::ExitPending);
                (obey(&mut session, order).unwrap_or_else(|error| refused(&error)), end)
            }
            Err(error) => {
                (json!({"error": {"code": -1, "name": "adapter", "detail": error.to_string()}}), false)
            }
        };
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{answer}").and_then(|()| out.flush()).is_err() || end {
            return;
        }
    }
}

fn refused(error: &BridgeError) -> Value {
    json!({"error": {"code": error.code as i32, "name": error.code.name(), "detail": error.detail}})
}

fn obey(slot: &mut Option<Session>, order: Order) -> Result<Value, BridgeError> {
    if let (Order::Open, _) | (Order::ExitPending, None) = (&order, &slot) {
        *slot = Some(Session::testkit(&Runtime::process_default()?)?);
    }
    let Some(session) = slot else {
        return Ok(json!({"error": {"code": -1, "name": "adapter", "detail": "no session is open"}}));
    };
    let done = json!({"ok": true});
    Ok(match order {
        Order::Open => done,
        Order::Request { key, op, params } => {
            let params = params.as_ref().map(bytes).unwrap_or_default();
            session.request(key, &op, params, Bytes::new())?;
            done
        }
        Order::Cancel { key } => {
            session.cancel(key)?;
            done
        }
        Order::Reply { call, shape, json } => {
            let json = json.as_ref().map(bytes).unwrap_or_default();
            session.reply(call, Shape::from_number(shape)?, json)?;
            done
        }
        Order::Proceed { call, key, json } => {
            session.proceed(call, key, &json.as_ref().map(bytes).unwrap_or_default())?;
            done
        }
        Order::RawReply { call, hex } => {
            session.reply(call, Shape::Value, unhex(&hex).into())?;
            done
        }
        Order::Fail { call, json } => {
            session.fail(call, json.to_string().as_bytes())?;
            done
        }
        Order::Progress { call, json } => {
            session.progress(call, json.to_string().as_bytes())?;
            done
        }
        Order::Ask { call, key, json } => {
            session.ask(call, key, bytes(&json))?;
            done
        }
        Order::CallInfo { call } => json!({"ok": true, "info": parsed(&session.call_info(call)?)}),
        Order::Close { key, deadline } => {
            session.close(key, Duration::from_millis(deadline))?;
            done
        }
        Order::Next { max, timeout } => {
            let events = next(session, max, Duration::from_millis(timeout));
            json!({"ok": true, "events": events.iter().map(shown).collect::<Vec<_>>()})
        }
        Order::Status => json!({"ok": true, "status": parsed(&session.status())}),
        Order::Big { key, bytes } => big(session, key, bytes)?,
        Order::ExitPending => {
            session.request(1_000_001, "never", Bytes::new(), Bytes::new())?;
            session.request(1_000_002, "flood", Bytes::from_static(br#"{"count":100000}"#), Bytes::new())?;
            done
        }
    })
}

fn next(session: &Session, max: usize, timeout: Duration) -> Vec<Event> {
    let mut events = Vec::new();
    if session.wait(Some(timeout)) {
        session.drain(max, &mut events);
    }
    events
}

fn shown(event: &Event) -> Value {
    json!({"kind": event.kind.name(), "code": event.code, "key": event.key, "payload": parsed(&event.payload)})
}

fn big(session: &Session, key: u64, length: usize) -> Result<Value, BridgeError> {
    let params = json!({"text": "x".repeat(length)}).to_string();
    session.request(key, "echo", params.into(), Bytes::new())?;
    let until = Instant::now() + ANSWER;
    while Instant::now() < until {
        for event in next(session, 1, ANSWER) {
            if event.kind == Kind::Done && event.key == key {
                let length = parsed(&event.payload)["text"].as_str().map_or(0, str::len);
                return Ok(json!({"ok": true, "length": length}));
            }
        }
    }
    Ok(json!({"error": {"code": -1, "name": "adapter", "detail": "no answer to the big request"}}))
}

fn parsed(payload: &[u8]) -> Value {
    serde_json::from_slice(payload).unwrap_or(Value::Null)
}

fn bytes(json: &Value) -> Bytes {
    json.to_string().into()
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).filter_map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).ok()).collect()
}
