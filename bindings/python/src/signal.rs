//! The descriptor that becomes readable when events wait: an eventfd on Linux, a socket pair elsewhere and for loops
//! that watch sockets only.
//!
//! The one file of this crate with `unsafe`. It must never block and never touch Python.
#![allow(unsafe_code)]

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use dovetail_bridge::Wake;

/// Both ends in one owner: whoever still wakes keeps the reading end open, so nobody can write into a closed pipe.
struct Ends {
    read: File,
    /// Absent for an eventfd, where one descriptor is both ends.
    write: Option<File>,
}

/// The reading side.
pub(crate) struct Signal(Arc<Ends>);

/// The waking side, which lives in the queue of the session.
pub(crate) struct Waker(Arc<Ends>);

impl Signal {
    /// A signal whose descriptor is a socket when `socket` says so.
    pub(crate) fn new(socket: bool) -> io::Result<Self> {
        let ends = if socket { None } else { counter()? };
        Ok(Self(Arc::new(match ends {
            Some(read) => Ends { read, write: None },
            None => {
                let (read, write) = UnixStream::pair()?;
                read.set_nonblocking(true)?;
                write.set_nonblocking(true)?;
                Ends { read: OwnedFd::from(read).into(), write: Some(OwnedFd::from(write).into()) }
            }
        })))
    }

    pub(crate) fn waker(&self) -> Box<dyn Wake> {
        Box::new(Waker(self.0.clone()))
    }

    pub(crate) fn descriptor(&self) -> RawFd {
        self.0.read.as_raw_fd()
    }

    /// Forgets the wake-ups so far. Must come before the queue is emptied, or one could be lost.
    pub(crate) fn clear(&self) {
        // An error means that nothing had been signalled: the descriptor does not block.
        let _ = (&self.0.read).read(&mut [0; 256]);
    }
}

impl Wake for Waker {
    fn wake(&self) {
        // An error means that so many wake-ups wait already that one more says nothing new.
        let _ = self.0.write.as_ref().unwrap_or(&self.0.read).write(&1_u64.to_ne_bytes());
    }
}

#[cfg(target_os = "linux")]
fn counter() -> io::Result<Option<File>> {
    use std::os::fd::FromRawFd;

    // SAFETY: eventfd takes two numbers and touches no memory of ours.
    let descriptor = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call above succeeded, so the descriptor is open, and nobody else has it.
    let owned = unsafe { OwnedFd::from_raw_fd(descriptor) };
    Ok(Some(owned.into()))
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "has the shape of the Linux one, which can fail")]
fn counter() -> io::Result<Option<File>> {
    Ok(None)
}
