//! The facade as a host uses it: servers and clients of this process, pumped by hand.
mod exchange;
mod failures;
mod groups;
mod layers;
mod limits;
mod pump;
mod texts;
