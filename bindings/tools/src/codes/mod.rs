//! The tables of numbers, one form per language: each as its package wants it.
mod kotlin;
mod python;
mod swift;
mod typescript;

pub use kotlin::kotlin;
pub use python::python;
pub use swift::swift;
pub use typescript::typescript;

/// `tool_error` as `toolError`.
pub fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut text, part| {
        let (head, tail) = part.split_at(1);
        text.push_str(&head.to_uppercase());
        text.push_str(tail);
        text
    })
}

/// `tool_error` as `TOOL_ERROR`.
fn upper(name: &str) -> String {
    name.to_uppercase()
}
