//! The wire types of every feature: definitions, contents, parameters, results.
//!
//! Types are in the shape of the newest revision; [`adapt_result`](crate::revision::adapt_result) and
//! [`adapt_params`](crate::revision::adapt_params) cut them to older ones. Members nobody knows are kept byte for
//! byte. Must never act on what it reads.

mod annotations;
mod capabilities;
mod completion;
mod content;
mod definition;
mod logging;
mod params;
mod result;
mod root;
mod sampling;
pub(crate) mod wire;

pub use annotations::{Annotations, Icon, Role, ToolAnnotations};
pub use capabilities::{Offer, ServerCapabilities};
pub use completion::{
    CompleteParams, Completion, Reference, complete_params, completion_body, parse_completion,
};
pub use content::{Content, Contents, PromptMessage};
pub use definition::{
    Definition, Listing, Prompt, PromptArgument, Resource, ResourceTemplate, list_body, next_cursor,
    parse_list,
};
pub use logging::{Level, LogMessage, SetLevelParams, log_params};
pub use params::{CallParams, ListParams, UriParams};
pub use result::{PromptResult, parse_prompt, parse_read, prompt_body, read_body};
pub use root::{Root, parse_roots, roots_body};
pub use sampling::{Blocks, SampleAnswer, SampleMessage, SampleRequest};
pub use wire::Extra;
