//! The bodies of `initialize` and `server/discover`, written and read.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::meta::SERVER_INFO;
use crate::raw::{is_object, members, push_string};
use crate::revision::{Revision, adapt_client_capabilities, adapt_info, adapt_server_capabilities};

/// The parameters of `initialize`. `info` is an `Implementation`, `capabilities` a `ClientCapabilities` object; both
/// are cut to what `rev` knows.
pub fn initialize_params(rev: Revision, info: &[u8], capabilities: &[u8]) -> Vec<u8> {
    greeting(rev, b"clientInfo", info, &adapt_client_capabilities(rev, capabilities), None)
}

/// The result of `initialize`. `info` is an `Implementation`, `capabilities` a `ServerCapabilities` object; both are
/// cut to what `rev` knows.
pub fn initialize_result(
    rev: Revision,
    info: &[u8],
    capabilities: &[u8],
    instructions: Option<&str>,
) -> Vec<u8> {
    greeting(rev, b"serverInfo", info, &adapt_server_capabilities(rev, capabilities), instructions)
}

fn greeting(
    rev: Revision,
    who: &[u8],
    info: &[u8],
    capabilities: &[u8],
    instructions: Option<&str>,
) -> Vec<u8> {
    let mut out = br#"{"protocolVersion":"#.to_vec();
    push_string(&mut out, rev.as_str());
    out.extend_from_slice(br#","capabilities":"#);
    out.extend_from_slice(if capabilities.is_empty() { b"{}" } else { capabilities });
    out.extend_from_slice(b",\"");
    out.extend_from_slice(who);
    out.extend_from_slice(b"\":");
    out.extend_from_slice(&adapt_info(rev, info));
    push_instructions(&mut out, instructions);
    out.push(b'}');
    out
}

/// The body of a discovery result, listing all revisions we speak. The server's identity, `resultType` and cache
/// hints are added by [`encode_result`](crate::revision::encode_result).
pub fn discover_result(capabilities: &[u8], instructions: Option<&str>) -> Vec<u8> {
    let mut out = br#"{"supportedVersions":["#.to_vec();
    for (at, rev) in Revision::ALL.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        push_string(&mut out, rev.as_str());
    }
    out.extend_from_slice(br#"],"capabilities":"#);
    out.extend_from_slice(if capabilities.is_empty() { b"{}" } else { capabilities });
    push_instructions(&mut out, instructions);
    out.push(b'}');
    out
}

fn push_instructions(out: &mut Vec<u8>, instructions: Option<&str>) {
    if let Some(text) = instructions {
        out.extend_from_slice(br#","instructions":"#);
        push_string(out, text);
    }
}

/// What a client says in `initialize`.
#[derive(Clone, Debug)]
pub struct InitializeParams {
    /// The version the client asks for; see [`choose_legacy`](super::choose_legacy).
    pub requested: String,
    /// An `Implementation` object.
    pub client_info: Box<RawValue>,
    /// A `ClientCapabilities` object.
    pub capabilities: Box<RawValue>,
}

/// Reads the parameters of `initialize`. Fails with [`ErrorKind::InvalidParams`].
pub fn parse_initialize_params(params: Option<&RawValue>) -> Result<InitializeParams, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Params {
        protocol_version: String,
        client_info: Box<RawValue>,
        capabilities: Box<RawValue>,
    }
    let wrong = || {
        Error::new(
            ErrorKind::InvalidParams,
            "params must have protocolVersion (a string), clientInfo and capabilities (objects)",
        )
    };
    let p: Params = serde_json::from_str(params.ok_or_else(wrong)?.get()).map_err(|_| wrong())?;
    if !is_object(&p.client_info) || !is_object(&p.capabilities) {
        return Err(wrong());
    }
    Ok(InitializeParams {
        requested: p.protocol_version,
        client_info: p.client_info,
        capabilities: p.capabilities,
    })
}

/// What a server says about itself, in either era.
#[derive(Clone, Debug)]
pub struct ServerHello {
    /// The server's name; empty when it gave none. Self-reported: for display only.
    pub name: String,
    /// The server's version; empty when it gave none.
    pub version: String,
    /// The whole `Implementation` object.
    pub info: Option<Box<RawValue>>,
    /// A `ServerCapabilities` object.
    pub capabilities: Box<RawValue>,
    /// How to use the server, for a model.
    pub instructions: Option<String>,
    /// The versions it speaks; after `initialize`, the one agreed on.
    pub supported: Vec<String>,
}

/// Reads the result of `initialize`. Fails with [`ErrorKind::Malformed`] when it does not follow the schema, and
/// with [`ErrorKind::Negotiation`] when the server chose a revision we cannot continue in.
pub fn parse_initialize_result(raw: &RawValue) -> Result<ServerHello, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        protocol_version: String,
        capabilities: Box<RawValue>,
        server_info: Box<RawValue>,
        instructions: Option<String>,
    }
    let body: Body = serde_json::from_str(raw.get()).map_err(|_| malformed("initialize"))?;
    if Revision::parse(&body.protocol_version).is_none_or(Revision::is_modern) {
        let chosen = body.protocol_version.chars().take(32).collect::<String>();
        return Err(Error::new(
            ErrorKind::Negotiation,
            "the server chose a revision this client does not speak",
        )
        .with_context("server", chosen));
    }
    hello(Some(body.server_info), body.capabilities, body.instructions, vec![body.protocol_version])
        .ok_or_else(|| malformed("initialize"))
}

/// Reads the result of `server/discover`. Fails with [`ErrorKind::Malformed`].
pub fn parse_discover_result(raw: &RawValue) -> Result<ServerHello, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        supported_versions: Vec<String>,
        capabilities: Box<RawValue>,
        instructions: Option<String>,
        #[serde(borrow, rename = "_meta")]
        meta: Option<&'a RawValue>,
    }
    let body: Body<'_> = serde_json::from_str(raw.get()).map_err(|_| malformed("server discovery"))?;
    let info = body.meta.and_then(members).and_then(|m| m.get(SERVER_INFO)).map(ToOwned::to_owned);
    hello(info, body.capabilities, body.instructions, body.supported_versions)
        .ok_or_else(|| malformed("server discovery"))
}

fn hello(
    info: Option<Box<RawValue>>,
    capabilities: Box<RawValue>,
    instructions: Option<String>,
    supported: Vec<String>,
) -> Option<ServerHello> {
    #[derive(Deserialize, Default)]
    struct Info {
        #[serde(default)]
        name: String,
        #[serde(default)]
        version: String,
    }
    if !is_object(&capabilities) || info.as_ref().is_some_and(|raw| !is_object(raw)) {
        return None;
    }
    let who: Info = info.as_ref().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    Some(ServerHello { name: who.name, version: who.version, info, capabilities, instructions, supported })
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::Malformed, format!("the result of {what} does not follow the schema"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &[u8]) -> Box<RawValue> {
        serde_json::from_slice(json).expect("valid JSON")
    }

    #[test]
    fn greetings_survive_the_way() {
        let rev = Revision::LEGACY[0];
        let body = initialize_result(rev, br#"{"name":"n","version":"1"}"#, b"{}", Some("be \"kind\""));
        let hello = parse_initialize_result(&raw(&body)).expect("valid");
        assert_eq!((hello.name.as_str(), hello.version.as_str()), ("n", "1"));
        assert_eq!(hello.instructions.as_deref(), Some("be \"kind\""));
        assert_eq!(hello.supported, [rev.as_str()]);

        let params = initialize_params(rev, br#"{"name":"c","version":"2"}"#, b"");
        let read = parse_initialize_params(Some(&raw(&params))).expect("valid");
        assert_eq!((read.requested.as_str(), read.capabilities.get()), (rev.as_str(), "{}"));

        let body = discover_result(br#"{"tools":{}}"#, None);
        let wire =
            crate::revision::encode_result(Revision::LATEST, &body, br#"{"name":"n","version":"1"}"#, None);
        let hello = parse_discover_result(&raw(&wire)).expect("valid");
        assert_eq!((hello.name.as_str(), hello.capabilities.get()), ("n", r#"{"tools":{}}"#));
        assert_eq!(hello.supported, Revision::ALL.iter().map(|rev| rev.as_str()).collect::<Vec<_>>());
    }

    #[test]
    fn a_server_that_chose_an_unknown_revision_is_refused() {
        let body =
            br#"{"protocolVersion":"1999-01-01","capabilities":{},"serverInfo":{"name":"n","version":"1"}}"#;
        assert_eq!(parse_initialize_result(&raw(body)).expect_err("refused").kind, ErrorKind::Negotiation);
        assert_eq!(parse_initialize_result(&raw(b"[]")).expect_err("refused").kind, ErrorKind::Malformed);
    }
}
