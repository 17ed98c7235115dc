//! Loopback sessions for the bridge scripts: success, every failure, panic, calls, floods.
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dovetail::{Error, ErrorKind, Message, Outcome, Revision};
use futures_util::future::BoxFuture;
use serde::Deserialize;

use crate::backend::{Answer, Backend, CallContext, Failure, Work};
use crate::host::Host;
use crate::layers;
use crate::session::{Scope, parse};
use crate::{BridgeError, Code, Kind, Runtime, Session};

/// Log events that may wait before a flood is held back.
const QUEUE: usize = 256;

impl Session {
    /// Opens a testkit session. Operations of `request`: `echo` (params come back), `fail` (`{code}`),
    /// `panic`, `never`, `call` (`{target, arguments}`: the host's answer comes back as `{value}`,
    /// `{whole}`, `{tool}`, `{protocol, code}` or `{error, name}`), `abandon` (a call that is cancelled as soon as it
    /// was announced), `flood` (`{count}` log events, held back when the host does not fetch them), `intercept`
    /// (`{target, method, params?, inner, hookMs?}`: a request through a layer of the host. What is inside answers
    /// `{"params": what reached it}` for the inner `"echo"`, fails as `unknown_tool` for `"fail"`, and never answers for
    /// `"never"`).
    ///
    /// # Errors
    /// `wrong_process`, `closed`.
    pub fn testkit(runtime: &Runtime) -> Result<Self, BridgeError> {
        runtime.check()?;
        Ok(Self::open(runtime, Host::new(QUEUE), Arc::new(Testkit)))
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
#[serde(rename_all = "camelCase")]
struct Intercept {
    target: i32,
    method: String,
    #[serde(default)]
    params: Option<Box<serde_json::value::RawValue>>,
    inner: Inner,
    #[serde(default)]
    hook_ms: Option<u64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Inner {
    Echo,
    Fail,
    Never,
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
                let (pending, _answered) = scope.host.calls.begin(Arc::new(TestCall));
                scope.queue.push(Kind::Call, 0, pending.id, Bytes::from_static(b"{}"));
                Ok(Bytes::new())
            }),
            "intercept" => {
                let params: Intercept = parse(&params, "params")?;
                Box::pin(intercept(scope, params))
            }
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
    let (pending, answered) = scope.host.calls.begin(Arc::new(TestCall));
    scope.queue.push(Kind::Call, target, pending.id, arguments);
    let answer = answered.await.map_err(|_| BridgeError::new(Code::Closed, "nobody will answer"))?;
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    Ok(match answer {
        Answer::Value(json) => format!(r#"{{"value":{}}}"#, text(&json)),
        Answer::Whole(json) => format!(r#"{{"whole":{}}}"#, text(&json)),
        Answer::Failed(Failure::Tool(detail)) => serde_json::json!({ "tool": detail }).to_string(),
        Answer::Failed(Failure::Protocol { code, detail, data: _ }) => {
            serde_json::json!({ "protocol": detail, "code": code }).to_string()
        }
        Answer::Failed(Failure::Error(error)) => {
            let error = BridgeError::from(*error);
            serde_json::json!({ "error": error.detail, "name": error.code.name() }).to_string()
        }
        Answer::Outcome => return Err(BridgeError::new(Code::Internal, "a call has no outcome to pass on")),
    }
    .into())
}

async fn intercept(scope: Scope, params: Intercept) -> Result<Bytes, BridgeError> {
    let given = params.params.as_ref().map_or("{}", |raw| raw.get());
    let given = Bytes::copy_from_slice(given.as_bytes());
    let message = Message::request(&params.method, given, Revision::LATEST);
    let hook = params.hook_ms.map_or(dovetail::Limits::default().hook, Duration::from_millis);
    let inner = move |message: Message| -> BoxFuture<'static, Outcome> {
        Box::pin(async move {
            match params.inner {
                Inner::Echo => {
                    let params = if message.params.is_empty() { b"{}" } else { &message.params[..] };
                    Ok([br#"{"params":"#, params, b"}"].concat().into())
                }
                Inner::Fail => Err(Error::new(ErrorKind::UnknownTool, "failed on demand")),
                Inner::Never => std::future::pending().await,
            }
        })
    };
    Ok(layers::ask(scope.host, params.target, hook, message, inner).await?)
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
