//! Public names of the languages whose sources show them: Rust, Swift, Kotlin, C++.
//!
//! Read line by line: a declaration starts a line, members are indented by four spaces. The formatters of these
//! languages see to that.
use std::collections::BTreeSet;

use super::names::{Found, compare_public};
use super::native::sources;
use crate::contract::Contract;

type Scan = fn() -> Result<Found, String>;

pub(super) fn faults(contract: &Contract) -> Vec<String> {
    let scans: [(&str, Scan); 4] = [("rust", rust), ("swift", swift), ("kotlin", kotlin), ("cpp", cpp)];
    scans
        .into_iter()
        .flat_map(|(language, scan)| match scan() {
            Ok(found) => compare_public(language, contract, &found),
            Err(error) => vec![format!("{language}: {error}")],
        })
        .collect()
}

impl Found {
    fn members(&mut self, owner: &str) -> Option<&mut BTreeSet<String>> {
        match owner {
            "Server" => Some(&mut self.server),
            "Client" => Some(&mut self.client),
            "Context" => Some(&mut self.context),
            _ => None,
        }
    }

    fn add(&mut self, owner: &str, member: &str) {
        if let Some(members) = self.members(owner) {
            members.insert(member.to_owned());
        }
    }
}

/// The identifier at the start of a text.
fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    &text[..end]
}

/// What follows the last of some words that a text starts with.
fn after_words<'a>(mut text: &'a str, words: &[&str]) -> &'a str {
    while let Some(rest) = words.iter().find_map(|word| text.strip_prefix(word)?.strip_prefix(' ')) {
        text = rest;
    }
    text
}

/// The declared name when a text starts with one of some keywords.
fn declared<'a>(text: &'a str, keywords: &[&str]) -> Option<&'a str> {
    keywords.iter().find_map(|word| text.strip_prefix(word)?.strip_prefix(' ')).map(identifier)
}

fn rust() -> Result<Found, String> {
    let mut found = Found::default();
    let files = sources("core/src", "rs")?;
    let (_, root) =
        files.iter().find(|(name, _)| name == "core/src/lib.rs").ok_or("core/src/lib.rs is missing")?;
    let mut rest = root.as_str();
    while let Some(at) = rest.find("\npub use ") {
        let (item, after) = rest[at + 9..].split_once(';').ok_or("a use without an end")?;
        let list = item.split_once('{').map_or(item, |(_, list)| list.trim_end_matches('}'));
        found.types.extend(list.split(',').filter_map(|path| {
            let name = path.trim().rsplit([':', ' ']).next()?;
            (!name.is_empty()).then(|| name.to_owned())
        }));
        rest = after;
    }
    for (_, text) in &files {
        let mut owner = "";
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("impl ") {
                // Implementations of traits are not methods of one's own.
                owner = name.strip_suffix(" {").unwrap_or_default();
            }
            if let Some(function) = line.strip_prefix("    pub ") {
                let function = after_words(function, &["async", "const"]);
                if let Some(name) = declared(function, &["fn"]) {
                    found.add(owner, name);
                }
            }
        }
    }
    Ok(found)
}

fn swift() -> Result<Found, String> {
    const KINDS: [&str; 6] = ["class", "struct", "enum", "protocol", "actor", "typealias"];
    let mut found = Found::default();
    for (_, text) in sources("swift/Sources/Dovetail", "swift")? {
        let mut owner = String::new();
        for line in text.lines() {
            // A type in the language's boundary interface is not public for others.
            if let Some(public) = line.strip_prefix("public ")
                && let Some(name) = declared(after_words(public, &["final", "indirect"]), &KINDS)
            {
                found.types.insert(name.to_owned());
                owner = name.to_owned();
            } else if let Some(name) = declared(after_words(line, &["public"]), &["extension"]) {
                owner = name.to_owned();
            } else if line.starts_with(|first: char| first.is_alphabetic() || first == '@') {
                owner.clear();
            }
            if let Some(member) = line.strip_prefix("    public ") {
                let member = after_words(member, &["static", "final", "mutating", "nonisolated"]);
                if let Some(name) = declared(member, &["func", "var", "let"]) {
                    found.add(&owner, name);
                }
            }
        }
    }
    Ok(found)
}

fn kotlin() -> Result<Found, String> {
    const MODIFIERS: [&str; 10] =
        ["public", "sealed", "data", "abstract", "open", "inline", "suspend", "value", "enum", "annotation"];
    let mut found = Found::default();
    for (file, text) in sources("kotlin/src/main/kotlin/dev/dovetail", "kt")? {
        if file.contains("/generated/") {
            continue;
        }
        let mut owner = String::new();
        for line in text.lines() {
            if line.starts_with("public ") {
                let declaration = after_words(line, &MODIFIERS);
                // A `fun interface` is a type.
                let declaration = declaration
                    .strip_prefix("fun ")
                    .filter(|rest| rest.starts_with("interface "))
                    .unwrap_or(declaration);
                if let Some(name) = declared(declaration, &["class", "interface", "object", "typealias"]) {
                    found.types.insert(name.to_owned());
                    owner = name.to_owned();
                } else if let Some(rest) = ["fun", "val", "var"]
                    .iter()
                    .find_map(|word| declaration.strip_prefix(word)?.strip_prefix(' '))
                {
                    match function_name(rest) {
                        (Some(receiver), name) => found.add(receiver, name),
                        (None, name) => drop(found.types.insert(name.to_owned())),
                    }
                }
            } else if line.starts_with(|first: char| first.is_alphabetic()) {
                owner.clear();
            }
            // Members of a companion stand deeper; only its functions are the class's own.
            let (depth, member) = (line.len() - line.trim_start().len(), line.trim_start());
            if member.starts_with("public ") && (depth == 4 || depth == 8 && member.contains("fun ")) {
                let member = after_words(member, &MODIFIERS);
                let member = after_words(member, &["operator", "override"]);
                let function = ["fun", "val", "var"]
                    .iter()
                    .find_map(|word| member.strip_prefix(word)?.strip_prefix(' '));
                if let Some(function) = function {
                    found.add(&owner, function_name(function).1);
                }
            }
        }
    }
    Ok(found)
}

/// Receiver and name of a Kotlin function or property, behind its type parameters.
fn function_name(mut rest: &str) -> (Option<&str>, &str) {
    if rest.starts_with('<') {
        let mut depth = 0;
        let end = rest.find(|c| {
            depth += i32::from(c == '<') - i32::from(c == '>');
            depth == 0
        });
        rest = end.map_or(rest, |end| rest[end + 1..].trim_start());
    }
    let first = identifier(rest);
    let next = &rest[first.len()..];
    match next.strip_prefix('.') {
        Some(name) => (Some(first), identifier(name)),
        None => (None, first),
    }
}

fn cpp() -> Result<Found, String> {
    let mut found = Found::default();
    for (_, text) in sources("include", "hpp")? {
        let mut inside = Vec::new();
        let mut owner = "";
        let mut public = false;
        for line in text.lines() {
            if let Some(name) = declared(line, &["namespace"]) {
                inside.push(name);
            } else if line.starts_with("}  // namespace") || line.starts_with("} // namespace") {
                inside.pop();
            }
            if inside.last() != Some(&"dovetail") {
                continue;
            }
            let declaration = line.strip_prefix("enum ").unwrap_or(line);
            if let Some(name) = declared(declaration, &["class", "struct", "using"])
                && !line.ends_with("class;")
                && !is_forward(line)
            {
                found.types.insert(name.to_owned());
                owner = name;
                public = line.starts_with("struct");
            } else if line == "};" {
                owner = "";
            } else if line.ends_with(':') && !line.starts_with(' ') {
                public = line == "public:";
            } else if public && let Some(name) = cpp_member(line, owner) {
                found.add(owner, name);
            }
        }
    }
    Ok(found)
}

fn is_forward(line: &str) -> bool {
    (line.starts_with("class ") || line.starts_with("struct ")) && line.ends_with(';') && !line.contains('{')
}

/// The name of a member function that a line of a class starts; constructors and operators have none.
fn cpp_member<'a>(line: &'a str, owner: &str) -> Option<&'a str> {
    let member =
        line.strip_prefix("    ").filter(|rest| rest.starts_with(|first: char| first.is_alphabetic()))?;
    let (head, _) = member.split_once('(')?;
    let name = head.rsplit([' ', '&', '*', '>']).next()?;
    let ordinary =
        identifier(name) == name && !name.is_empty() && name != owner && !head.contains("operator");
    (ordinary && head.trim_end() != name && !head.starts_with("friend") && !head.starts_with("return"))
        .then_some(name)
}
