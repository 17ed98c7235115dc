//! Random bytes from the system.
use dovetail_protocol::{Error, ErrorKind};
use ring::rand::{SecureRandom, SystemRandom};

/// Fresh random bytes.
///
/// # Errors
/// `internal` when the system gives none.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::new(ErrorKind::Internal, "the system gives no random numbers"))?;
    Ok(bytes)
}

/// A random id: 128 bits in lower-case hexadecimal.
///
/// # Errors
/// As [`bytes`].
pub(crate) fn id() -> Result<String, Error> {
    Ok(bytes::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}
