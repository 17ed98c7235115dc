//! Pages of listings: cursors on the server, the guarded walk on the client.
//!
//! A cursor names the last entry of the page before it. It needs no memory and no secret: it works on every instance
//! of a fleet, after a restart, and after entries came or went; altering it gives another place in the same list.
//! Must never be read by a client. Specification: server utilities, "Pagination".

use std::collections::HashSet;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::canonical::digest;
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;

const VERSION: u8 = 1;
const LENGTH: usize = 1 + 4 + 4 + 8;

/// One page of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The entries of this page.
    pub range: Range<usize>,
    /// Where the next one begins; `None` on the last page.
    pub next: Option<String>,
}

/// The page that begins at `cursor`, or the first one.
///
/// `keys` are the unique names of all entries in an order that stays the same while the entries do. `size` is the
/// most entries of one page; `None` puts the rest on one. Fails with [`ErrorKind::InvalidParams`] on a cursor that
/// was not made here for this `method`, or whose entry is gone.
pub fn page<K: AsRef<str>>(
    method: &str,
    keys: &[K],
    size: Option<usize>,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let start = match cursor {
        None => 0,
        Some(cursor) => position(method, keys, cursor).ok_or_else(|| {
            Error::new(ErrorKind::InvalidParams, "the cursor is not valid here; list again from the start")
        })?,
    };
    let end = keys.len().min(start.saturating_add(size.unwrap_or(usize::MAX).max(1)));
    let next = (end < keys.len()).then(|| cursor_after(method, end, keys[end - 1].as_ref()));
    Ok(Page { range: start..end, next })
}

fn cursor_after(method: &str, end: usize, key: &str) -> String {
    let mut bytes = Vec::with_capacity(LENGTH);
    bytes.push(VERSION);
    bytes.extend_from_slice(&tag::<4>(method));
    bytes.extend_from_slice(&u32::try_from(end).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(&tag::<8>(key));
    URL_SAFE_NO_PAD.encode(bytes)
}

fn position<K: AsRef<str>>(method: &str, keys: &[K], cursor: &str) -> Option<usize> {
    let bytes: [u8; LENGTH] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
    if bytes[0] != VERSION || bytes[1..5] != tag::<4>(method) {
        return None;
    }
    let end = u32::from_be_bytes(bytes[5..9].try_into().expect("four bytes")) as usize;
    let last = &bytes[9..];
    let is_last = |key: &K| tag::<8>(key.as_ref()) == *last;
    // Where it was, unless something came or went before it.
    match end.checked_sub(1).and_then(|at| keys.get(at)) {
        Some(key) if is_last(key) => Some(end),
        _ => keys.iter().position(is_last).map(|at| at + 1),
    }
}

fn tag<const N: usize>(text: &str) -> [u8; N] {
    let mut tag = [0; N];
    tag.copy_from_slice(&digest(&[b"page", text.as_bytes()])[..N]);
    tag
}

/// A client's walk over the pages of one listing. It ends: a cursor that comes a second time, and more pages than
/// `Limits::pages`, are errors.
#[derive(Clone, Debug)]
pub struct Walk {
    seen: HashSet<String>,
    limit: u32,
}

impl Walk {
    /// A walk that has seen the first page.
    pub fn new(limits: &Limits) -> Self {
        Self { seen: HashSet::new(), limit: limits.pages }
    }

    /// What to ask for after a page that ended with `next`; `None` at the end. Fails with [`ErrorKind::Malformed`] on a
    /// cursor that was seen before, and with [`ErrorKind::LimitExceeded`] beyond the limit.
    pub fn advance(&mut self, next: Option<String>) -> Result<Option<String>, Error> {
        let Some(cursor) = next else { return Ok(None) };
        if self.seen.len() + 1 >= self.limit as usize {
            let detail = format!("the listing has more than {} pages (limit pages)", self.limit);
            return Err(Error::new(ErrorKind::LimitExceeded, detail));
        }
        if !self.seen.insert(cursor.clone()) {
            return Err(Error::new(
                ErrorKind::Malformed,
                "the server gave the same cursor twice, so that its listing would never end",
            ));
        }
        Ok(Some(cursor))
    }
}
