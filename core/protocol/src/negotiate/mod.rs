//! Era negotiation: which revision two peers speak, decided without touching a connection.
//!
//! Owns the decision table and the bodies of the two greetings. Must never fall back silently when a revision was
//! pinned. Specification: "Versioning and Compatibility", and "Backward Compatibility" of both transports.

mod greeting;

pub use greeting::{
    InitializeParams, ServerHello, discover_result, initialize_params, initialize_result,
    parse_discover_result, parse_initialize_params, parse_initialize_result,
};

use serde::Deserialize;

use crate::error::{Error, ErrorKind};
use crate::jsonrpc::WireError;
use crate::revision::Revision;

/// How the probe travelled; the two transports differ in what silence means.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum Transport {
    /// A child process.
    Stdio,
    /// Streamable HTTP.
    Http,
}

/// What came of sending `server/discover` as the first message.
#[derive(Clone, Debug)]
pub enum ProbeOutcome {
    /// A discovery result with these versions.
    Discovered {
        /// `supportedVersions`, as sent.
        supported: Vec<String>,
    },
    /// A JSON-RPC error, on HTTP with status 200.
    RpcError(WireError),
    /// An HTTP status other than success, and the JSON-RPC error of its body if there was one.
    HttpStatus {
        /// The status.
        status: u16,
        /// The error in the body.
        error: Option<WireError>,
    },
    /// Nothing within `Limits::probe_timeout`.
    Timeout,
    /// The child process ended before any valid message.
    Exited,
}

/// What the client does next.
#[derive(Clone, Debug)]
pub enum Next {
    /// Go on in this revision.
    Modern(Revision),
    /// Send `initialize` over the same connection; ignore a late answer to the probe.
    Legacy,
    /// Start the child process once more and send `initialize`.
    LegacyRespawn,
    /// Give up.
    Fail(Error),
}

/// The revision a server answers to `initialize`: the one requested when it is supported, else our newest that
/// has a handshake.
pub fn choose_legacy(requested: &str) -> Revision {
    Revision::parse(requested).filter(|rev| !rev.is_modern()).unwrap_or(Revision::LEGACY[0])
}

/// What to do after the probe. `pin` is the only revision the user allows; pinned to a legacy revision, do not
/// probe at all (the answer would be [`Next::Legacy`] whatever came).
///
/// | outcome | stdio | HTTP |
/// |---|---|---|
/// | discovered, or unsupported version | best common revision | same |
/// | header mismatch, missing capability | fail | fail |
/// | any other error | initialize | initialize |
/// | 401, 403, 407, 408, 425, 429, 502 to 504 | – | fail, the era is still unknown |
/// | any other status | – | initialize |
/// | timeout | initialize | fail: a slow server must not be downgraded |
/// | exited | start again, initialize | fail |
///
/// Pinned to a modern revision, every `initialize` in the table is a failure instead.
pub fn after_probe(transport: Transport, outcome: ProbeOutcome, pin: Option<Revision>) -> Next {
    if pin.is_some_and(|rev| !rev.is_modern()) {
        return match outcome {
            ProbeOutcome::Exited => Next::LegacyRespawn,
            _ => Next::Legacy,
        };
    }
    match outcome {
        ProbeOutcome::Discovered { supported } => choose_common(&supported, pin),
        ProbeOutcome::RpcError(error) => after_error(error, pin, None),
        ProbeOutcome::HttpStatus { status, error: Some(error) } if Error::is_modern_error(error.code) => {
            after_error(error, pin, Some(status))
        }
        ProbeOutcome::HttpStatus { status, .. } => match status {
            401 | 403 | 407 | 408 | 425 | 429 | 502..=504 => Next::Fail(
                Error::new(
                    ErrorKind::of_status(status),
                    format!("the server answered the first request with HTTP {status}"),
                )
                .with_http_status(status),
            ),
            _ => legacy(Next::Legacy, pin, "the server answered like one of an earlier revision"),
        },
        ProbeOutcome::Timeout => match transport {
            Transport::Stdio => {
                legacy(Next::Legacy, pin, "the server did not answer server discovery in time")
            }
            Transport::Http => Next::Fail(Error::new(
                ErrorKind::DeadlineExceeded,
                "the server did not answer the first request in time (limit probe_timeout)",
            )),
        },
        ProbeOutcome::Exited => match transport {
            Transport::Stdio => match pin {
                None => Next::LegacyRespawn,
                Some(_) => Next::Fail(Error::new(
                    ErrorKind::ChildExited,
                    "the server process ended before it answered server discovery",
                )),
            },
            Transport::Http => {
                Next::Fail(Error::new(ErrorKind::Transport, "the connection ended before any answer"))
            }
        },
    }
}

fn after_error(error: WireError, pin: Option<Revision>, status: Option<u16>) -> Next {
    #[derive(Deserialize)]
    struct Data {
        supported: Vec<String>,
    }
    if !Error::is_modern_error(error.code) {
        return legacy(Next::Legacy, pin, "the server does not know server discovery");
    }
    let mut refused = Error::from_wire(error, Revision::LATEST);
    refused.http_status = status;
    if refused.kind != ErrorKind::UnsupportedProtocolVersion {
        return Next::Fail(refused);
    }
    match refused.data.as_deref().map(|raw| serde_json::from_str::<Data>(raw.get())) {
        Some(Ok(data)) => choose_common(&data.supported, pin),
        _ => Next::Fail(refused),
    }
}

fn choose_common(supported: &[String], pin: Option<Revision>) -> Next {
    let offered = |rev: &Revision| supported.iter().any(|text| text == rev.as_str());
    let candidates = match &pin {
        Some(rev) => std::slice::from_ref(rev),
        None => Revision::ALL,
    };
    match candidates.iter().copied().find(offered) {
        Some(rev) if rev.is_modern() => Next::Modern(rev),
        Some(_) => Next::Legacy,
        None => {
            let ours: Vec<_> = candidates.iter().map(|rev| rev.as_str()).collect();
            // Bounded: the list is the peer's.
            let theirs: Vec<_> =
                supported.iter().take(16).map(|v| v.chars().take(32).collect::<String>()).collect();
            Next::Fail(
                Error::new(ErrorKind::Negotiation, "client and server have no protocol revision in common")
                    .with_context("client", ours.join(", "))
                    .with_context("server", theirs.join(", ")),
            )
        }
    }
}

fn legacy(next: Next, pin: Option<Revision>, reason: &str) -> Next {
    match pin {
        None => next,
        Some(rev) => Next::Fail(Error::new(
            ErrorKind::Negotiation,
            format!("{reason}, and this client is pinned to revision {rev}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: i64, data: Option<&str>) -> WireError {
        let data = data.map(|json| serde_json::from_str(json).expect("raw"));
        WireError { code, message: "m".into(), data }
    }

    fn show(next: &Next) -> String {
        match next {
            Next::Modern(rev) => rev.to_string(),
            Next::Legacy => "legacy".into(),
            Next::LegacyRespawn => "respawn".into(),
            Next::Fail(error) => error.kind.name().into(),
        }
    }

    fn discovered(list: &[&str]) -> ProbeOutcome {
        ProbeOutcome::Discovered { supported: list.iter().map(|v| (*v).to_owned()).collect() }
    }

    #[test]
    fn the_decision_table_holds() {
        use ProbeOutcome::{Exited, HttpStatus, RpcError, Timeout};
        use Transport::{Http, Stdio};
        let modern = Some(Revision::V2026_07_28);
        let old = Some(Revision::V2025_11_25);
        let unsupported =
            |list: &str| error(-32022, Some(&format!(r#"{{"supported":{list},"requested":"x"}}"#)));
        let status = |status, error| HttpStatus { status, error };
        for (transport, outcome, pin, expected) in [
            (Stdio, discovered(&["2026-07-28"]), None, "2026-07-28"),
            (Stdio, discovered(&["2025-11-25", "2026-07-28", "2027-01-01"]), None, "2026-07-28"),
            (Http, discovered(&["2025-11-25"]), None, "legacy"),
            (Http, discovered(&["2025-11-25"]), modern, "negotiation"),
            (Http, discovered(&[]), None, "negotiation"),
            (Stdio, RpcError(error(-32601, None)), None, "legacy"),
            (Stdio, RpcError(error(-32602, None)), None, "legacy"),
            (Stdio, RpcError(error(-32601, None)), modern, "negotiation"),
            (Stdio, RpcError(unsupported(r#"["2026-07-28"]"#)), None, "2026-07-28"),
            (Stdio, RpcError(unsupported(r#"["2099-01-01"]"#)), None, "negotiation"),
            (Stdio, RpcError(error(-32022, None)), None, "unsupported_protocol_version"),
            (Stdio, RpcError(error(-32021, None)), None, "missing_client_capability"),
            (Stdio, Timeout, None, "legacy"),
            (Stdio, Timeout, modern, "negotiation"),
            (Http, Timeout, None, "deadline_exceeded"),
            (Stdio, Exited, None, "respawn"),
            (Stdio, Exited, modern, "child_exited"),
            (Stdio, Exited, old, "respawn"),
            (Http, Exited, None, "transport"),
            (Http, status(400, None), None, "legacy"),
            (Http, status(400, Some(error(-32600, None))), None, "legacy"),
            (Http, status(404, Some(error(-32601, None))), None, "legacy"),
            (Http, status(405, None), None, "legacy"),
            (Http, status(400, Some(error(-32020, None))), None, "header_mismatch"),
            (Http, status(400, Some(unsupported(r#"["2026-07-28"]"#))), None, "2026-07-28"),
            (Http, status(401, None), None, "unauthorized"),
            (Http, status(503, Some(error(-31001, None))), None, "http"),
            (Http, status(404, None), modern, "negotiation"),
            (Http, status(404, None), old, "legacy"),
        ] {
            let label = format!("{transport:?} {outcome:?} {pin:?}");
            assert_eq!(show(&after_probe(transport, outcome, pin)), expected, "{label}");
        }
    }

    #[test]
    fn a_server_answers_initialize_in_a_session_revision() {
        for rev in Revision::LEGACY {
            assert_eq!(choose_legacy(rev.as_str()), *rev);
        }
        assert_eq!(choose_legacy("2026-07-28"), Revision::V2025_11_25);
        assert_eq!(choose_legacy("1999-01-01"), Revision::V2025_11_25);
    }
}
