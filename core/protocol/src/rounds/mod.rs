//! Multi round-trip requests: a handler that asks ends its run, and is run again with the answers.
//!
//! Owns the state machine of one run ([`Run`]), the questions ([`Question`]) and the sealed state that travels
//! through the client ([`seal`], [`unseal`]). Core decides the outcome: once a run has an unanswered question it
//! ends as input required, whatever the handler does afterwards. An answer belongs to its question: it is stored
//! with a digest of what the user saw, and a question that changed is asked again. The result of a step is recorded,
//! so that a side effect is not repeated. Must never trust what the client
//! echoes before it is unsealed. Specification: "Multi Round-Trip Requests".

mod question;
mod run;
mod seal;
mod state;

pub use question::{Question, QuestionKind};
pub use run::{Asked, AskedMany, Run};
pub use seal::{Binding, Keyring, seal, unseal};
pub use state::{Pending, Recorded, State, Step};
