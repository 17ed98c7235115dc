//! What the command prints: text for people, or JSON for programs, on stdout; progress and errors on stderr.
#![allow(clippy::print_stdout, reason = "printing is what a command does")]

use dovetail::{CallResult, Error, Progress, ServerInfo, ToolInfo};
use serde_json::{Value, json};

pub(crate) fn inspection(server: &ServerInfo, tools: &[ToolInfo], as_json: bool) {
    if as_json {
        let tools: Vec<Value> = tools.iter().map(|tool| parse(tool.raw.get())).collect();
        let body = json!({
            "revision": server.revision.as_str(),
            "server": server.info.as_ref().map(|info| parse(info.get())),
            "capabilities": parse(server.capabilities.get()),
            "instructions": server.instructions,
            "tools": tools,
        });
        println!("{body:#}");
        return;
    }
    println!(
        "{} {} (protocol {})",
        visible(&server.name),
        visible(&server.version),
        server.revision.as_str()
    );
    if let Some(text) = &server.instructions {
        println!("{}", visible(text));
    }
    for tool in tools {
        println!("\n{}", visible(&tool.name));
        if let Some(text) = &tool.description {
            for line in text.lines() {
                println!("  {}", visible(line));
            }
        }
        for line in parameters(&parse(tool.input_schema.get())) {
            println!("  {}", visible(&line));
        }
    }
}

pub(crate) fn result(result: &CallResult, as_json: bool) {
    if as_json {
        println!("{:#}", parse(result.raw().get()));
        return;
    }
    match result.data_json() {
        Some(data) if !data.get().starts_with('"') => println!("{:#}", parse(data.get())),
        _ => println!("{}", visible(&result.text())),
    }
}

pub(crate) fn progress(progress: &Progress) {
    let total = progress.total.map(|total| format!("/{total}")).unwrap_or_default();
    let message = progress.message.as_deref().map(visible).unwrap_or_default();
    eprintln!("… {}{total} {message}", progress.progress);
}

pub(crate) fn failure(error: &Error, as_json: bool) {
    if as_json {
        eprintln!("{}", json!({ "error": { "name": error.kind.name(), "detail": error.detail } }));
    } else {
        eprintln!("error: {}: {}", error.kind.name(), visible(&error.detail));
    }
}

fn parameters(schema: &Value) -> Vec<String> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    properties
        .iter()
        .map(|(name, property)| {
            let kind = property.get("type").and_then(Value::as_str).unwrap_or("any");
            let mark = if required.contains(&name.as_str()) { "" } else { "?" };
            let text = property.get("description").and_then(Value::as_str).unwrap_or_default();
            format!("- {name}{mark}: {kind}  {text}").trim_end().to_owned()
        })
        .collect()
}

/// Text of a stranger without what would steer a terminal or hide characters.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            c if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}') => '\u{fffd}',
            c => c,
        })
        .collect()
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}
