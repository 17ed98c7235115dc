//! Sealing: state travels through the client, who must neither read nor change nor reuse it elsewhere.
//!
//! AES-256-GCM. The associated data binds principal, method, salient parameters, audience and key id; the expiry is
//! inside. A token reads `v1.<key id>.<base64url of nonce, ciphertext and tag>`. Sealing is not single use.
//! Specification: "Multi Round-Trip Requests", server requirements 4 and 5.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::State;
use crate::canonical::{self, Digest};
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;

const VERSION: &str = "v1.";
const EXPIRY: usize = 8;

/// What a sealed state belongs to.
#[derive(Copy, Clone, Debug)]
pub struct Binding<'a> {
    /// The authenticated caller. `None` is the anonymous one, different from every name, the empty one included.
    pub principal: Option<&'a str>,
    /// The wire method.
    pub method: &'a str,
    /// The parameters that make the call what it is; see [`salient_digest`](crate::canonical::salient_digest).
    pub params_digest: Digest,
    /// The server, so that two servers with one key do not accept each other's state.
    pub audience: &'a str,
}

impl Binding<'_> {
    fn associated(&self, key_id: &str) -> Digest {
        canonical::digest(&[
            b"dovetail state v1",
            key_id.as_bytes(),
            if self.principal.is_some() { b"named" } else { b"anonymous" },
            self.principal.unwrap_or_default().as_bytes(),
            self.method.as_bytes(),
            &self.params_digest,
            self.audience.as_bytes(),
        ])
    }
}

/// The keys of a fleet: the first seals, all of them open. Rotate by putting a new key in front and dropping the
/// old one after `Limits::state_ttl`.
pub struct Keyring {
    keys: Vec<(String, LessSafeKey)>,
}

impl Keyring {
    /// Reads `id:key[,id:key…]`, each key 32 bytes in Base64 (either alphabet, padding optional). Fails with
    /// [`ErrorKind::InvalidConfig`], without quoting anything.
    pub fn from_secret_text(text: &str) -> Result<Self, Error> {
        let wrong = |what: &str| Error::new(ErrorKind::InvalidConfig, format!("the key ring {what}"));
        let mut ring = Self { keys: Vec::new() };
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (id, key) = part.split_once(':').ok_or_else(|| wrong("has an entry that is not id:key"))?;
            if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
                return Err(wrong("has a key id with other characters than letters, digits, - and _"));
            }
            if ring.find(id).is_some() {
                return Err(wrong("has the same key id twice"));
            }
            let key = key.trim_end_matches('=');
            let bytes = STANDARD_NO_PAD.decode(key).or_else(|_| URL_SAFE_NO_PAD.decode(key));
            let bytes: [u8; 32] = bytes
                .ok()
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or_else(|| wrong("has a key that is not 32 bytes in Base64"))?;
            ring.push(id, bytes);
        }
        if ring.keys.is_empty() {
            return Err(wrong("is empty"));
        }
        Ok(ring)
    }

    /// A ring of one key, for a server without a fleet.
    pub fn single(id: impl Into<String>, key: [u8; 32]) -> Self {
        let mut ring = Self { keys: Vec::with_capacity(1) };
        ring.push(id, key);
        ring
    }

    fn push(&mut self, id: impl Into<String>, key: [u8; 32]) {
        let key = UnboundKey::new(&AES_256_GCM, &key).expect("AES-256 takes 32 bytes");
        self.keys.push((id.into(), LessSafeKey::new(key)));
    }

    fn find(&self, id: &str) -> Option<&LessSafeKey> {
        self.keys.iter().find(|(own, _)| own == id).map(|(_, key)| key)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(id, _)| id)).finish()
    }
}

/// Seals `state` for `binding` until `now_unix_s + ttl_s`. `nonce` must be fresh from a secure random source for
/// every call. Fails with [`ErrorKind::LimitExceeded`] when the token is longer than `limits.state`.
pub fn seal(
    state: &State,
    binding: &Binding<'_>,
    ring: &Keyring,
    nonce: [u8; 12],
    now_unix_s: u64,
    ttl_s: u64,
    limits: &Limits,
) -> Result<String, Error> {
    let (id, key) = ring.keys.first().expect("a ring has at least one key");
    let mut payload = now_unix_s.saturating_add(ttl_s).to_be_bytes().to_vec();
    serde_json::to_writer(&mut payload, state).expect("a state serialises into memory");
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(binding.associated(id)),
        &mut payload,
    )
    .map_err(|_| Error::new(ErrorKind::Internal, "the state could not be sealed"))?;
    let mut sealed = Vec::with_capacity(NONCE_LEN + payload.len());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&payload);
    let token = format!("{VERSION}{id}.{}", URL_SAFE_NO_PAD.encode(sealed));
    if token.len() > limits.state {
        return Err(too_large(limits));
    }
    Ok(token)
}

/// Opens a token that a client echoed. Fails with
///
/// - [`ErrorKind::LimitExceeded`] beyond `limits.state`;
/// - [`ErrorKind::StateUnknownKey`] when no key of the ring has the id the token names;
/// - [`ErrorKind::StateTampered`] when it was altered, or sealed for another principal, method, parameters or server;
/// - [`ErrorKind::StateExpired`] when it is genuine and too old;
/// - [`ErrorKind::StateMismatch`] when it is genuine and this build does not understand it.
pub fn unseal(
    token: &str,
    binding: &Binding<'_>,
    ring: &Keyring,
    now_unix_s: u64,
    limits: &Limits,
) -> Result<State, Error> {
    let tampered = || {
        Error::new(
            ErrorKind::StateTampered,
            "requestState was altered, or belongs to another call, caller or server; \
             echo it unchanged with the same parameters, or call again without it",
        )
    };
    if token.len() > limits.state {
        return Err(too_large(limits));
    }
    let (id, sealed) =
        token.strip_prefix(VERSION).and_then(|rest| rest.rsplit_once('.')).ok_or_else(tampered)?;
    let key = ring.find(id).ok_or_else(|| {
        Error::new(
            ErrorKind::StateUnknownKey,
            "requestState was sealed with a key this server does not hold; give all instances the same key ring, \
             or call again without it",
        )
    })?;
    let mut sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| tampered())?;
    let (nonce, payload) = sealed.split_at_mut_checked(NONCE_LEN).ok_or_else(tampered)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| tampered())?;
    let payload =
        key.open_in_place(nonce, Aad::from(binding.associated(id)), payload).map_err(|_| tampered())?;
    let unknown = || {
        Error::new(
            ErrorKind::StateMismatch,
            "requestState was sealed by another version of this server; call again without it",
        )
    };
    let (expiry, state) = payload.split_at_checked(EXPIRY).ok_or_else(unknown)?;
    let expiry = u64::from_be_bytes(expiry.try_into().expect("split at eight bytes"));
    if now_unix_s >= expiry {
        return Err(Error::new(
            ErrorKind::StateExpired,
            "the answer came too late, requestState has expired; call again without it",
        ));
    }
    serde_json::from_slice(state).map_err(|_| unknown())
}

fn too_large(limits: &Limits) -> Error {
    let detail = format!("requestState is longer than {} bytes (limit state)", limits.state);
    Error::new(ErrorKind::LimitExceeded, detail)
}
