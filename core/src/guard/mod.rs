//! What keeps strangers out: host and origin checks, and the ends of child processes.

pub(crate) mod host;
pub(crate) mod sys;
