//! What a function answers: a status number, and the error behind it per thread.
//! Must never let a panic leave a function.
use std::cell::RefCell;
use std::mem::MaybeUninit;

use bytes::Bytes;
use dovetail_bridge::{BridgeError, Code};

/// Everything went well.
pub const DOVETAIL_OK: i32 = 0;

/// The buffer is too small and nothing was written or taken. The last output parameter holds the size in bytes
/// that is needed; call again with a buffer of that size. This is no error: `dovetail_last_error` is unchanged.
pub const DOVETAIL_BUFFER_TOO_SMALL: i32 = 1000;

/// Where a function puts a size or a count; C may hand over uninitialised memory, or NULL when it does not care.
pub(crate) type Out<'a, T> = Option<&'a mut MaybeUninit<T>>;

thread_local! {
    static LAST: RefCell<Bytes> = const { RefCell::new(Bytes::new()) };
}

/// Runs the body of an exported function: no panic gets out, an error is kept for `dovetail_last_error`.
pub(crate) fn guard(body: impl FnOnce() -> Result<i32, BridgeError>) -> i32 {
    let error = match BridgeError::catch(body) {
        Ok(status) => return status,
        Err(error) => error,
    };
    // The thread may be ending, with its locals gone; the number still tells what happened.
    let _ = LAST.try_with(|last| *last.borrow_mut() = error.to_json());
    error.code as i32
}

/// The body of the last error of this thread, empty when there was none.
pub(crate) fn last_error() -> Bytes {
    LAST.try_with(|last| last.borrow().clone()).unwrap_or_default()
}

/// Gives bytes to C: writes them and their length, or only the length when the buffer is too small.
pub(crate) fn copy_out(bytes: &[u8], buffer: &mut [MaybeUninit<u8>], length: Out<'_, usize>) -> i32 {
    if let Some(length) = length {
        length.write(bytes.len());
    }
    match buffer.get_mut(..bytes.len()) {
        Some(target) => {
            target.write_copy_of_slice(bytes);
            DOVETAIL_OK
        }
        None => DOVETAIL_BUFFER_TOO_SMALL,
    }
}

pub(crate) fn invalid(detail: impl Into<String>) -> BridgeError {
    BridgeError::new(Code::InvalidArgument, detail)
}

/// Refuses a NULL that the contract does not allow.
pub(crate) fn required<T>(value: Option<T>, name: &str) -> Result<T, BridgeError> {
    value.ok_or_else(|| invalid(format!("{name} is NULL")))
}

/// JSON from C: copied, and valid UTF-8 from here on.
pub(crate) fn text(bytes: &[u8], name: &str) -> Result<Bytes, BridgeError> {
    utf8(bytes, name).map(|text| Bytes::copy_from_slice(text.as_bytes()))
}

pub(crate) fn utf8<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str, BridgeError> {
    std::str::from_utf8(bytes)
        .map_err(|error| invalid(format!("{name} is not UTF-8 (byte {})", error.valid_up_to())))
}
