//! `include/dovetail.h`: types and functions from the source of the C ABI, numbers from the contract.
use std::collections::HashMap;
use std::path::Path;

use cbindgen::{Builder, Config, DocumentationStyle, Language, Style};

use crate::contract::{Contract, Numbered};
use crate::{MARK, Result, notes};

/// What a reader has to know before any function; the rest stands at each one.
const INTRODUCTION: &str = r#"Dovetail: the C interface of one Model Context Protocol implementation.

Everything that happens is an event. A program opens a session (a server or a client), starts operations under keys
that it chooses, fetches events in batches with dovetail_next_events and answers calls by their id. Nothing ever calls
back, but for one optional wake-up without arguments. docs/boundary.md describes configurations and payloads.

Conventions of every function:
- It answers DOVETAIL_OK (0), an error (DOVETAIL_ERROR_...) or, where this is said, DOVETAIL_BUFFER_TOO_SMALL.
  dovetail_last_error has the words to an error. A function that fails starts nothing: no event follows.
- It may be called from any thread at any time and does not block, unless it says otherwise.
- Text is UTF-8 JSON with a length in bytes and needs no terminating 0. Input is copied before the function returns.
  NULL with a length of 0 is empty.
- Outputs come last. A handle belongs to the caller until it is given to its _free function; NULL is refused with
  invalid_argument, never followed.
- Handles belong to the process that made them: after a fork every function answers wrong_process in the child.
- Every operation completes exactly once, with DOVETAIL_EVENT_DONE under its key: code 0 and a result, or an error code
  and an error body {code, name, detail, retry, rpc?, http?, context?}."#;

/// The file.
pub fn c(root: &Path, contract: &Contract) -> Result<String> {
    let source = root.join("bindings/c/src");
    let codes = notes::read(&root.join("bindings/bridge/src/code.rs"))?;
    let events = notes::read(&root.join("bindings/bridge/src/event.rs"))?;
    let config = Config {
        language: Language::C,
        style: Style::Type,
        cpp_compat: true,
        documentation_style: DocumentationStyle::Doxy,
        line_length: 110,
        tab_width: 4,
        header: Some(format!("/*\n * {MARK}\n *\n{} */", starred(INTRODUCTION))),
        include_guard: Some("DOVETAIL_H".to_owned()),
        no_includes: true,
        sys_includes: vec!["stddef.h".to_owned(), "stdint.h".to_owned()],
        usize_is_size_t: true,
        after_includes: Some(numbers(contract, &codes, &events)),
        export: cbindgen::ExportConfig {
            include: vec!["DovetailEvent".to_owned(), "DovetailReply".to_owned()],
            ..cbindgen::ExportConfig::default()
        },
        ..Config::default()
    };
    let mut builder = Builder::new().with_config(config);
    for file in ["status.rs", "records.rs", "handle.rs", "abi.rs"] {
        builder = builder.with_src(source.join(file));
    }
    let mut text = Vec::new();
    builder.generate()?.write(&mut text);
    Ok(String::from_utf8(text)?)
}

fn starred(text: &str) -> String {
    text.lines().map(|line| format!(" * {line}").trim_end().to_owned() + "\n").collect()
}

fn numbers(contract: &Contract, codes: &HashMap<String, String>, events: &HashMap<String, String>) -> String {
    let mut text = format!(
        "\n/** The version of the interface that this header describes; see dovetail_contract_version. */\n\
         #define DOVETAIL_CONTRACT_VERSION {}\n",
        contract.version
    );
    let shapes = HashMap::from([
        (
            "value".to_owned(),
            "The plain value that a handler returned; the core makes the result of it.".to_owned(),
        ),
        ("whole".to_owned(), "A whole result object in the terms of the specification.".to_owned()),
        (
            "outcome".to_owned(),
            "Of a layer: what dovetail_proceed came to; the reply has no JSON of its own.".to_owned(),
        ),
        (
            "text".to_owned(),
            "The plain value that is this text; the bytes are the text itself, in UTF-8, and no JSON.".to_owned(),
        ),
    ]);
    text += &defines("Errors. Numbers are never reused.", "ERROR", &contract.codes, codes);
    text += &defines("Kinds of events.", "EVENT", &contract.events, events);
    text += &defines("Shapes of a reply.", "SHAPE", &contract.shapes, &shapes);
    let limits: Numbered = contract
        .limits
        .iter()
        .map(|limit| (limit.name.clone(), i64::try_from(limit.default).expect("defaults are small")))
        .collect();
    let meanings = contract.limits.iter().map(|limit| (limit.name.clone(), limit.meaning.clone())).collect();
    text += &defines("Defaults of the limits; times are in milliseconds.", "LIMIT", &limits, &meanings);
    text += &every("ERRORS", "Every error: `X(NAME, number, \"name\")`.", &contract.codes, str::to_owned);
    text += &every(
        "LIMITS",
        "Every limit: `X(NAME, default, \"name\")`, with its name in a configuration.",
        &limits,
        crate::codes::camel,
    );
    text
}

fn defines(title: &str, family: &str, numbers: &Numbered, notes: &HashMap<String, String>) -> String {
    let mut text = format!("\n/* {title} */\n");
    for (name, number) in numbers {
        if let Some(note) = notes.get(name) {
            text += &format!("\n/** {} */\n", wrapped(note));
        }
        text += &format!("#define DOVETAIL_{family}_{} {number}\n", name.to_uppercase());
    }
    text
}

/// A list that a program goes through by defining `X`.
fn every(name: &str, note: &str, numbers: &Numbered, shown: fn(&str) -> String) -> String {
    let rows: Vec<String> = numbers
        .iter()
        .map(|(name, number)| format!("    X({}, {number}, \"{}\")", name.to_uppercase(), shown(name)))
        .collect();
    format!("\n/** {note} */\n#define DOVETAIL_{name}(X) \\\n{}\n", rows.join(" \\\n"))
}

/// Breaks a note into the lines of a block comment.
fn wrapped(note: &str) -> String {
    let mut lines = vec![String::new()];
    for word in note.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if line.len() + word.len() > 104 {
            lines.push(word.to_owned());
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines.join("\n * ")
}
