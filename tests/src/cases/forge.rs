//! Sealed states as an attacker, or an unlucky client, would send them.
//!
//! A genuine state is opened with the key ring that the server was given, and sealed again with something else about it.
use std::time::{SystemTime, UNIX_EPOCH};

use dovetail::Limits;
use dovetail_protocol::canonical::salient_digest;
use dovetail_protocol::rounds::{Binding, Keyring, seal, unseal};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use crate::pattern::Bindings;

/// The server's name: what its states are bound to.
const AUDIENCE: &str = "cases";

/// What to make of a state.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forgery {
    /// The genuine one.
    from: String,
    /// The name of the result.
    #[serde(rename = "as")]
    name: String,
    /// One bit of the sealed part is another.
    #[serde(default)]
    flip: bool,
    /// The key ring of the server, for everything else.
    #[serde(default)]
    keys: Option<String>,
    /// The call that it belongs to: a tool without arguments.
    #[serde(default)]
    tool: Option<String>,
    /// Seals it for somebody with a name.
    #[serde(default)]
    principal: Option<String>,
    /// Seals it for another server.
    #[serde(default)]
    audience: Option<String>,
    /// Seals it so that it has expired.
    #[serde(default)]
    expired: bool,
    /// Seals it with this ring.
    #[serde(default)]
    with: Option<String>,
}

/// Makes the state, with its name.
pub(super) fn forge(forgery: &Forgery, bindings: &Bindings) -> Result<(String, Value), String> {
    let genuine = bindings.get(&forgery.from).and_then(Value::as_str);
    let genuine = genuine.ok_or_else(|| format!("{} is no state", forgery.from))?;
    let state = if forgery.flip { flipped(genuine)? } else { resealed(genuine, forgery)? };
    Ok((forgery.name.clone(), json!(state)))
}

/// Changes one bit in the middle of the last part.
fn flipped(state: &str) -> Result<String, String> {
    let from = state.rfind('.').ok_or("the state has no parts")? + 1;
    let at = from + (state.len() - from) / 2;
    let other = if state.as_bytes()[at] == b'A' { "B" } else { "A" };
    Ok(format!("{}{other}{}", &state[..at], &state[at + 1..]))
}

fn resealed(state: &str, forgery: &Forgery) -> Result<String, String> {
    let ring = |text: &Option<String>| {
        let text = text.as_deref().ok_or("a forgery needs the key ring")?;
        Keyring::from_secret_text(text).map_err(|error| error.to_string())
    };
    let keys = ring(&forgery.keys)?;
    let tool = forgery.tool.as_deref().ok_or("a forgery needs the tool")?;
    let nothing: Box<RawValue> = to_raw_value(&json!({})).map_err(|error| error.to_string())?;
    let params_digest = salient_digest(tool, Some(&nothing)).map_err(|error| error.to_string())?;
    let limits = Limits::default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let genuine = Binding { principal: None, method: "tools/call", params_digest, audience: AUDIENCE };
    let opened = unseal(state, &genuine, &keys, now, &limits).map_err(|error| error.to_string())?;
    let binding = Binding {
        principal: forgery.principal.as_deref(),
        audience: forgery.audience.as_deref().unwrap_or(AUDIENCE),
        ..genuine
    };
    let keys = if forgery.with.is_some() { ring(&forgery.with)? } else { keys };
    let (from, ttl) = if forgery.expired { (now.saturating_sub(3600), 60) } else { (now, 600) };
    // A nonce is used once: the state is sealed once more, by a test.
    let nonce = *b"only a test!";
    seal(&opened, &binding, &keys, nonce, from, ttl, &limits).map_err(|error| error.to_string())
}
