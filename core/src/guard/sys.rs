//! Signals to the process group of a child: the only system calls this crate makes by itself.
//!
//! Owns the unsafe code of the crate. Must never wait, and never signal a group that the caller did not create.
#![allow(unsafe_code)]

/// How hard to ask a process group to end.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Signal {
    /// Please end; can be handled.
    Terminate,
    /// End now.
    Kill,
}

/// Signals every process of the group that `leader` was started to lead. A group that is gone already is fine.
#[cfg(unix)]
pub(crate) fn signal_group(leader: u32, signal: Signal) {
    let Ok(group) = libc::pid_t::try_from(leader) else { return };
    // 0 would be our own group, and 1 belongs to init.
    if group <= 1 {
        return;
    }
    let number = match signal {
        Signal::Terminate => libc::SIGTERM,
        Signal::Kill => libc::SIGKILL,
    };
    // SAFETY: `killpg` takes two integers and touches no memory of ours; an unknown group is an error return.
    let _ = unsafe { libc::killpg(group, number) };
}

/// There are no process groups to signal; the child itself is ended through its handle.
#[cfg(not(unix))]
pub(crate) fn signal_group(_leader: u32, _signal: Signal) {}
