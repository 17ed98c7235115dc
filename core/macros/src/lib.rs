//! The attribute macros of the `dovetail-mcp` crate.
//!
//! Owns the reading of a function's signature; what a tool means is decided in the crate itself.

mod tool;

use proc_macro::TokenStream;

/// Turns a function into a tool.
///
/// The function's name becomes the tool's name, its documentation the description, its parameters the arguments and
/// its result the output. Parameters take any type with `serde::Deserialize` and `schemars::JsonSchema`; their
/// documentation comments become descriptions. A parameter of type `Context` receives the running call. A `Result`
/// reports its error to the model as a failed call. Functions may be `async` or not; a blocking one should hand its
/// work to a thread.
///
/// Options: `#[tool(name = "…", title = "…", description = "…", asks_form)]`.
#[proc_macro_attribute]
pub fn tool(options: TokenStream, function: TokenStream) -> TokenStream {
    let options = syn::parse_macro_input!(options as tool::Options);
    let function = syn::parse_macro_input!(function as syn::ItemFn);
    tool::expand(options, function).unwrap_or_else(|error| error.to_compile_error()).into()
}
