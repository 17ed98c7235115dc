//! Answers that allow one run only.
//!
//! Sealed state can be sent twice. A tool that must act once per consent claims the call's nonce before its
//! answered run; a repetition gets the recorded result.
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;

/// What became of a claim.
#[derive(Clone, Debug)]
pub enum Claim {
    /// Nobody had it: run.
    Fresh,
    /// Another run with the same answers is under way, or was cut off and has left nothing behind.
    Running,
    /// That run has ended with this result object.
    Recorded(Bytes),
}

/// Remembers which nonces were used. The default lives in memory and holds for one instance; instances behind one
/// address share one.
pub trait OnceStore: Send + Sync + 'static {
    /// Takes a nonce, atomically. It may be forgotten after `keep`.
    fn claim(&self, nonce: &str, keep: Duration) -> BoxFuture<'static, Claim>;

    /// Records the result of the run that took the nonce.
    fn record(&self, nonce: &str, result: Bytes) -> BoxFuture<'static, ()>;

    /// Gives a nonce back: its run asked again, or refused. Must not block.
    fn release(&self, nonce: &str);
}

/// Nonces that the default store remembers at most; the oldest are forgotten first.
const MOST: usize = 10_000;

/// The store of one process.
#[derive(Default, Debug)]
pub struct LocalOnce(Mutex<HashMap<String, (Instant, Option<Bytes>)>>);

impl LocalOnce {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Instant, Option<Bytes>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OnceStore for LocalOnce {
    fn claim(&self, nonce: &str, keep: Duration) -> BoxFuture<'static, Claim> {
        let mut known = self.lock();
        let claim = match known.get(nonce) {
            Some((_, Some(result))) => Claim::Recorded(result.clone()),
            Some((_, None)) => Claim::Running,
            None => {
                let now = Instant::now();
                if known.len() >= MOST {
                    known.retain(|_, (until, _)| *until > now);
                }
                if known.len() >= MOST
                    && let Some(oldest) =
                        known.iter().min_by_key(|(_, (until, _))| *until).map(|(key, _)| key.clone())
                {
                    known.remove(&oldest);
                }
                known.insert(nonce.to_owned(), (now + keep, None));
                Claim::Fresh
            }
        };
        drop(known);
        Box::pin(std::future::ready(claim))
    }

    fn record(&self, nonce: &str, result: Bytes) -> BoxFuture<'static, ()> {
        if let Some((_, recorded)) = self.lock().get_mut(nonce) {
            *recorded = Some(result);
        }
        Box::pin(std::future::ready(()))
    }

    fn release(&self, nonce: &str) {
        let mut known = self.lock();
        if matches!(known.get(nonce), Some((_, None))) {
            known.remove(nonce);
        }
    }
}
