//! When a request may be sent again, and how long to wait before.
//!
//! Owns the rule of safety: what the server may have handled is repeated only when repeating changes nothing. Must
//! never repeat what a limit, a deadline or the user has ended.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use dovetail_protocol::{Error, ErrorKind, Retry, methods};

use super::connection::{asked, unsent};

/// A stream that lasted this long was worth opening: its end does not count as one more failure in a row.
pub(crate) const STEADY: Duration = Duration::from_secs(5);
/// Further tries for what surely did not reach its server: it may be starting again.
const COMING: u32 = 3;
/// The first pause; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(200);
/// The longest pause that is chosen here.
const LONGEST: Duration = Duration::from_secs(30);
/// The longest pause that a server may ask for.
const PATIENCE: Duration = Duration::from_secs(120);

/// The pause a server asked for, in milliseconds, in the context of an error.
pub(crate) const RETRY_AFTER: &str = "retry_after_ms";

/// Whether repeating a request of this method changes nothing.
pub(crate) fn is_read(method: &str) -> bool {
    matches!(
        method,
        methods::TOOLS_LIST
            | methods::PROMPTS_LIST
            | methods::PROMPTS_GET
            | methods::RESOURCES_LIST
            | methods::RESOURCES_TEMPLATES_LIST
            | methods::RESOURCES_READ
            | methods::COMPLETION_COMPLETE
            | methods::DISCOVER
            | methods::PING
    )
}

/// Whether a server may ask for input before it answers. Of the methods that read, only these two: "Multi Round-Trip
/// Requests", section "Supported Requests".
pub(crate) fn may_ask(method: &str) -> bool {
    !is_read(method) || matches!(method, methods::PROMPTS_GET | methods::RESOURCES_READ)
}

/// Whether a request that failed like this may be sent once more. `safe`: repeating it changes nothing. When the user
/// has been asked on the way, it never may: the question would come again.
pub(crate) fn may_repeat(error: &Error, safe: bool) -> bool {
    if asked(error) {
        return false;
    }
    if unsent(error) {
        return true;
    }
    let from_peer = error.rpc.is_some() || error.http_status.is_some();
    match error.kind {
        // A refusal by the peer: nothing was done. One of our own limits is for the caller to deal with.
        ErrorKind::Busy => from_peer,
        ErrorKind::DeadlineExceeded => false,
        _ => safe && error.retry() == Retry::Temporary,
    }
}

/// How often such a request is repeated at most, where the program allows `retries`.
pub(crate) fn tries(error: &Error, retries: u32) -> u32 {
    if retries > 0 && unsent(error) { retries.saturating_add(COMING) } else { retries }
}

/// Whether a stream that ended like this may be opened again.
pub(crate) fn may_reconnect(error: &Error) -> bool {
    error.kind != ErrorKind::DeadlineExceeded && (unsent(error) || error.retry() == Retry::Temporary)
}

/// How long to wait before try number `tries`, counted from 0: longer each time, with a random part, so that clients
/// of a server that comes back do not all return at once.
pub(crate) fn pause(tries: u32, error: &Error) -> Duration {
    let asked = error.context.iter().find(|(name, _)| *name == RETRY_AFTER);
    if let Some(asked) = asked.and_then(|(_, ms)| ms.parse().ok()).map(Duration::from_millis) {
        return asked.min(PATIENCE);
    }
    let full = FIRST.saturating_mul(1 << tries.min(16)).min(LONGEST);
    // Hash keys are random per process and differ per instance: random enough to spread.
    let part = RandomState::new().build_hasher().finish() % 512;
    full / 2 + full / 2 * u32::try_from(part).expect("below 512") / 511
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::connection::UNSENT;

    #[test]
    fn only_what_is_safe_is_repeated() {
        let error = |kind| Error::new(kind, "x");
        let status = |status| error(ErrorKind::Http).with_http_status(status);
        for (error, safe, expected) in [
            (error(ErrorKind::Transport), false, false),
            (error(ErrorKind::Transport), true, true),
            (error(ErrorKind::Transport).with_context(UNSENT.0, UNSENT.1), false, true),
            (error(ErrorKind::Busy), true, false),
            (error(ErrorKind::Busy).with_http_status(503), false, true),
            (error(ErrorKind::DeadlineExceeded), true, false),
            (error(ErrorKind::InvalidParams), true, false),
            (status(429), true, true),
            (status(429), false, false),
            (status(404), true, false),
        ] {
            assert_eq!(may_repeat(&error, safe), expected, "{error} {safe}");
        }
    }

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let error = Error::new(ErrorKind::Transport, "x");
        for tries in 0..40 {
            let full = FIRST.saturating_mul(1 << tries.min(16)).min(LONGEST);
            let pause = pause(tries, &error);
            assert!(pause >= full / 2 - Duration::from_millis(1) && pause <= full, "{tries} {pause:?}");
        }
        let asked = error.with_context(RETRY_AFTER, "1500");
        assert_eq!(pause(0, &asked), Duration::from_millis(1500));
    }
}
