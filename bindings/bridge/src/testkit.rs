//! Loopback sessions for the bridge scripts: success, every failure, panic, calls, floods.
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::Deserialize;

use crate::backend::{Answer, Backend, CallContext, Work};
use crate::calls::Calls;
use crate::queue::Queue;
use crate::session::{Scope, parse};
use crate::{BridgeError, Code, Kind, Runtime, Session};

/// Log events that may wait before a flood is held back.
const QUEUE: usize = 256;

impl Session {
    /// Opens a testkit session. Operations of `request`: `echo` (params come back), `fail` (`{code}`),
    /// `panic`, `never`, `call` (`{target, arguments}`: the host's answer comes back as `{value}`,
    /// `{whole}`, `{tool}` or `{protocol, code}`), `abandon` (a call that is cancelled as soon as it was
    /// announced), `flood` (`{count}` log events, held back when the host does not fetch them).
    ///
    /// # Errors
    /// `wrong_process`, `closed`.
    pub fn testkit(runtime: &Runtime) -> Result<Self, BridgeError> {
        runtime.check()?;
        let queue = Arc::new(Queue::new(QUEUE));
        let calls = Arc::new(Calls::new(queue.clone()));
        Ok(Self::open(runtime, queue, calls, Arc::new(Testkit)))
    }
}

struct Testkit;

#[derive(Deserialize)]
struct Fail {
    code: i32,
}

#[derive(Deserialize)]
struct CallParams {
    target: i32,
    arguments: Box<serde_json::value::RawValue>,
}

#[derive(Deserialize)]
struct Flood {
    count: u64,
}

impl Backend for Testkit {
    fn request(&self, scope: Scope, name: &str, params: Bytes, _options: Bytes) -> Result<Work, BridgeError> {
        Ok(match name {
            "echo" => Box::pin(async move { Ok(params) }),
            "fail" => {
                let Fail { code } = parse(&params, "params")?;
                let code = Code::from_number(code)
                    .ok_or_else(|| BridgeError::new(Code::InvalidArgument, "no such code"))?;
                Box::pin(async move { Err(BridgeError::new(code, "failed on demand")) })
            }
            "panic" => Box::pin(async { panic!("on demand") }),
            "never" => Box::pin(std::future::pending()),
            "call" => {
                let CallParams { target, arguments } = parse(&params, "params")?;
                Box::pin(call(scope, target, Bytes::copy_from_slice(arguments.get().as_bytes())))
            }
            "abandon" => Box::pin(async move {
                let (pending, _answered) = scope.calls.begin(Arc::new(TestCall));
                scope.queue.push(Kind::Call, 0, pending.id, Bytes::from_static(b"{}"));
                Ok(Bytes::new())
            }),
            "flood" => {
                let Flood { count } = parse(&params, "params")?;
                Box::pin(flood(scope, count))
            }
            _ => return Err(BridgeError::new(Code::InvalidArgument, format!("no operation named {name}"))),
        })
    }

    fn close(&self, _deadline: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

async fn call(scope: Scope, target: i32, arguments: Bytes) -> Result<Bytes, BridgeError> {
    let (pending, answered) = scope.calls.begin(Arc::new(TestCall));
    scope.queue.push(Kind::Call, target, pending.id, arguments);
    let answer = answered.await.map_err(|_| BridgeError::new(Code::Closed, "nobody will answer"))?;
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    Ok(match answer {
        Answer::Value(json) => format!(r#"{{"value":{}}}"#, text(&json)),
        Answer::Whole(json) => format!(r#"{{"whole":{}}}"#, text(&json)),
        Answer::ToolError(detail) => serde_json::json!({ "tool": detail }).to_string(),
        Answer::Refused { code, detail, data: _ } => {
            serde_json::json!({ "protocol": detail, "code": code }).to_string()
        }
    }
    .into())
}

async fn flood(scope: Scope, count: u64) -> Result<Bytes, BridgeError> {
    for index in 0..count {
        let line = Bytes::from(format!(r#"{{"level":"info","message":"{index}"}}"#));
        while !scope.queue.offer(Kind::Log, line.clone()) {
            scope.queue.room().await;
        }
    }
    Ok(Bytes::new())
}

struct TestCall;

impl CallContext for TestCall {
    fn info(&self) -> Bytes {
        Bytes::from_static(br#"{"method":"testkit"}"#)
    }

    fn progress(&self, _progress: f64, _total: Option<f64>, _message: Option<String>) {}

    fn log(&self, _body: &[u8]) -> Result<(), BridgeError> {
        Ok(())
    }

    fn record(&self, _body: &[u8]) -> Result<(), BridgeError> {
        Ok(())
    }

    fn ask(&self, _question: Bytes) -> Result<Work, BridgeError> {
        Ok(Box::pin(async { Err(BridgeError::new(Code::Suspended, "this run is over")) }))
    }
}
