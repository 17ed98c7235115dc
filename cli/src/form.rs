//! Questions of a server, put to whoever sits at the terminal.
use std::io::{self, BufRead, IsTerminal, Write};

use dovetail::{ElicitAnswer, ElicitRequest, Error, ErrorKind};
use serde_json::{Map, Value};

/// Asks at the terminal; without one the answer is no.
pub(crate) async fn answer(request: ElicitRequest) -> Result<ElicitAnswer, Error> {
    if !io::stdin().is_terminal() {
        eprintln!("the server asks: {}", request.message);
        eprintln!("declined: there is no terminal to answer at");
        return Ok(ElicitAnswer::decline());
    }
    let asked = tokio::task::spawn_blocking(move || ask(&request)).await;
    match asked {
        Ok(answer) => answer,
        Err(_) => Err(Error::new(ErrorKind::Internal, "the terminal could not be read")),
    }
}

fn ask(request: &ElicitRequest) -> Result<ElicitAnswer, Error> {
    let failed = |error: io::Error| Error::new(ErrorKind::Internal, format!("the terminal: {error}"));
    eprintln!("{}", request.message);
    let schema: Value = serde_json::from_str(request.schema.get()).unwrap_or_default();
    let mut content = Map::new();
    if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
        for (name, field) in fields {
            let Some(line) = read_line(&format!("  {name}{}: ", hint(field))).map_err(failed)? else {
                return Ok(ElicitAnswer::cancel());
            };
            if !line.is_empty() {
                content.insert(name.clone(), typed(&line, field));
            }
        }
    }
    match read_line("Agree? [y/N] ").map_err(failed)?.as_deref() {
        Some("y" | "Y" | "yes") => ElicitAnswer::accept(content),
        Some(_) => Ok(ElicitAnswer::decline()),
        None => Ok(ElicitAnswer::cancel()),
    }
}

fn read_line(prompt: &str) -> io::Result<Option<String>> {
    eprint!("{prompt}");
    io::stderr().flush()?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(line.trim().to_owned()))
}

fn hint(field: &Value) -> String {
    match field.get("enum").and_then(Value::as_array) {
        Some(choices) => {
            let choices: Vec<String> = choices.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            format!(" ({})", choices.join(" | "))
        }
        None => {
            field.get("type").and_then(Value::as_str).map(|kind| format!(" ({kind})")).unwrap_or_default()
        }
    }
}

/// A line as the type that the field has; what does not fit stays text, and the server refuses it.
fn typed(line: &str, field: &Value) -> Value {
    let text = || Value::String(line.to_owned());
    match field.get("type").and_then(Value::as_str) {
        Some("boolean") => match line {
            "y" | "yes" | "true" => Value::Bool(true),
            "n" | "no" | "false" => Value::Bool(false),
            _ => text(),
        },
        Some("integer" | "number") => line.parse().map_or_else(|_| text(), Value::Number),
        _ => text(),
    }
}
