//! Which servers are known to need a handshake, for the life of this process.
//!
//! Owns a small, bounded memory. Must never hold more than digests: addresses and arguments can be secrets. Servers
//! of the modern era are not remembered, because asking them is how one learns who they are.
//! Specification: versioning, "Backward Compatibility".

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ring::digest::{Context, SHA256};

use super::target::Command;

/// How many servers are remembered; the oldest is forgotten first.
const KEPT: usize = 256;

static LEGACY: Mutex<VecDeque<Key>> = Mutex::new(VecDeque::new());

/// Names a server without saying what it is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// One endpoint.
    pub(crate) fn url(url: &str) -> Self {
        Self::of("url", [url.as_bytes()])
    }

    /// One way of starting a program: its path, arguments, and the names of the variables it is given.
    pub(crate) fn command(command: &Command) -> Self {
        let program = command.program.as_os_str().as_encoded_bytes();
        let counts = format!("{} {}", command.args.len(), command.env.len());
        let args = command.args.iter().map(String::as_bytes);
        let names = command.env.iter().map(|(name, _)| name.as_bytes());
        Self::of("command", [program, counts.as_bytes()].into_iter().chain(args).chain(names))
    }

    fn of<'a>(kind: &str, parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut digest = Context::new(&SHA256);
        digest.update(kind.as_bytes());
        for part in parts {
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let mut key = [0; 32];
        key.copy_from_slice(digest.finish().as_ref());
        Self(key)
    }
}

fn known() -> MutexGuard<'static, VecDeque<Key>> {
    LEGACY.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn is_legacy(key: Key) -> bool {
    known().contains(&key)
}

pub(crate) fn remember(key: Key) {
    let mut known = known();
    if !known.contains(&key) {
        if known.len() == KEPT {
            known.pop_front();
        }
        known.push_back(key);
    }
}

pub(crate) fn forget(key: Key) {
    known().retain(|other| *other != key);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_commands_apart_and_ignore_values() {
        let key = |command: Command| Key::command(&command);
        let base = || Command::new("run").arg("a").env("TOKEN", "1");
        assert_eq!(key(base()), key(Command::new("run").arg("a").env("TOKEN", "2")));
        assert_ne!(key(base()), key(Command::new("run").arg("a").arg("TOKEN")));
        assert_ne!(key(base()), key(Command::new("run").arg("a")));
        assert_ne!(key(Command::new("runa")), key(Command::new("run").arg("a")));
        assert_ne!(Key::url("http://a/"), Key::url("http://a/b"));
    }

    #[test]
    fn the_memory_is_bounded_and_forgets() {
        let keys: Vec<_> = (0..KEPT + 10).map(|n| Key::url(&format!("http://test-{n}.invalid/"))).collect();
        for key in &keys {
            remember(*key);
            assert!(is_legacy(*key));
            assert!(known().len() <= KEPT);
        }
        assert!(!is_legacy(keys[0]));
        for key in keys {
            forget(key);
            assert!(!is_legacy(key));
        }
    }
}
