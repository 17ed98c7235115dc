//! One session as a JavaScript object.
use std::sync::Arc;

use dovetail_bridge::Shape;
use napi::bindgen_prelude::Uint8Array;
use napi::{Env, JsString};
use napi_derive::napi;

use crate::batch;
use crate::entry::{Json, bytes, entry, id, milliseconds, optional_bytes};
use crate::hub::Hub;

/// A server, a client or a testkit loop. When JavaScript forgets it, it is closed without a deadline.
#[napi]
pub struct Session {
    inner: dovetail_bridge::Session,
    hub: Arc<Hub>,
    number: u32,
}

impl Session {
    pub(crate) fn new(inner: dovetail_bridge::Session, hub: Arc<Hub>) -> Self {
        let number = hub.adopt(&inner);
        Self { inner, hub, number }
    }

    pub(crate) fn inner(&self) -> &dovetail_bridge::Session {
        &self.inner
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.hub.release(self.number);
    }
}

#[napi]
impl Session {
    /// The id under which the runtime announces this session.
    #[napi(getter)]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Serves a server over stdio or HTTP: a `ready` event with `key` when clients can come, `done` at the end.
    #[napi]
    pub fn serve(&self, key: f64, config: Json) -> napi::Result<()> {
        entry(|| self.inner.serve(id(key, "key")?, bytes(config)))
    }

    /// Changes what a server offers, or announces a change.
    #[napi]
    pub fn update(&self, json: Json) -> napi::Result<()> {
        entry(|| self.inner.update(&bytes(json)))
    }

    /// Takes one HTTP request through a server: `head`, `chunk` and `done` events with `key`.
    #[napi]
    pub fn exchange(&self, key: f64, head: Json, body: Json) -> napi::Result<()> {
        entry(|| self.inner.exchange(id(key, "key")?, bytes(head), bytes(body)))
    }

    /// Starts an operation; its completion is a `done` event with `key`.
    #[napi]
    pub fn request(
        &self,
        key: f64,
        operation: String,
        params: Option<Json>,
        options: Option<Json>,
    ) -> napi::Result<()> {
        entry(|| {
            let key = id(key, "key")?;
            self.inner.request(key, &operation, optional_bytes(params), optional_bytes(options))
        })
    }

    /// Takes up to `max` events, without waiting, as the JSON array `[more, kind, code, key, payload, …]`. `more` is 1
    /// when others wait: take them, or call `announce`.
    #[napi]
    pub fn next_events<'env>(&self, env: &'env Env, max: u32) -> napi::Result<JsString<'env>> {
        let text = entry(|| Ok(batch::take(&self.inner, max as usize)))?;
        if text.is_ascii() {
            return env.create_string_latin1(&text);
        }
        let text = String::from_utf8(text)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        env.create_string(&text)
    }

    /// Has this session announced again, for events that were left.
    #[napi]
    pub fn announce(&self) {
        self.inner.announce();
    }

    /// Lets a message go on that waits for a layer; with a `key` other than 0, a `done` event tells what it came to.
    #[napi]
    pub fn proceed(&self, call: f64, key: f64, patch: Option<Json>) -> napi::Result<()> {
        entry(|| self.inner.proceed(id(call, "call")?, id(key, "key")?, &optional_bytes(patch)))
    }

    /// Answers one call.
    #[napi]
    pub fn reply(&self, call: f64, shape: u32, json: Json) -> napi::Result<()> {
        entry(|| self.inner.reply(id(call, "call")?, Shape::from_number(shape)?, bytes(json)))
    }

    /// Answers many calls: `[call, shape, value, …]`. Returns how many of them nobody waits for any more.
    #[napi]
    pub fn reply_batch(&self, json: Json) -> napi::Result<u32> {
        entry(|| batch::reply(&self.inner, &bytes(json)))
    }

    /// Answers many calls with plain texts: `[[call, length], …]`, and the UTF-8 of the texts in a row. Returns as
    /// `replyBatch`.
    #[napi]
    pub fn reply_texts(&self, head: Json, texts: Uint8Array) -> napi::Result<u32> {
        entry(|| batch::reply_texts(&self.inner, &bytes(head), &texts))
    }

    /// Fails a call.
    #[napi]
    pub fn fail(&self, call: f64, json: Json) -> napi::Result<()> {
        entry(|| self.inner.fail(id(call, "call")?, &bytes(json)))
    }

    /// Sends progress for a call.
    #[napi]
    pub fn progress(&self, call: f64, json: Json) -> napi::Result<()> {
        entry(|| self.inner.progress(id(call, "call")?, &bytes(json)))
    }

    /// Sends a log message for a call.
    #[napi]
    pub fn log(&self, call: f64, json: Json) -> napi::Result<()> {
        entry(|| self.inner.log(id(call, "call")?, &bytes(json)))
    }

    /// Records the result of a step of a call, for later runs of it.
    #[napi]
    pub fn record(&self, call: f64, json: Json) -> napi::Result<()> {
        entry(|| self.inner.record(id(call, "call")?, &bytes(json)))
    }

    /// Asks the user behind a call; the completion is a `done` event with `key`.
    #[napi]
    pub fn ask(&self, call: f64, key: f64, question: Json) -> napi::Result<()> {
        entry(|| self.inner.ask(id(call, "call")?, id(key, "key")?, bytes(question)))
    }

    /// What is known about a call, as JSON.
    #[napi]
    pub fn call_info(&self, call: f64) -> napi::Result<String> {
        entry(|| {
            let info = self.inner.call_info(id(call, "call")?)?;
            Ok(String::from_utf8_lossy(&info).into_owned())
        })
    }

    /// Cancels an operation. Idempotent.
    #[napi]
    pub fn cancel(&self, key: f64) -> napi::Result<()> {
        entry(|| self.inner.cancel(id(key, "key")?))
    }

    /// Closes the session; the completion is a `done` event with `key`.
    #[napi]
    pub fn close(&self, key: f64, deadline_ms: u32) -> napi::Result<()> {
        entry(|| self.inner.close(id(key, "key")?, milliseconds(deadline_ms)))
    }

    /// Facts about the session, as JSON. Works after the close.
    #[napi]
    pub fn status(&self) -> napi::Result<String> {
        entry(|| Ok(String::from_utf8_lossy(&self.inner.status()).into_owned()))
    }
}
