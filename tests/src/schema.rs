//! Checks every recorded message against the JSON Schema of the revision that it speaks.
//!
//! The definition follows from direction, method and, for answers, from the method of the request. There is no
//! exception for any of our revisions: their schemas leave the id out where a message could not be read, and so do
//! we.
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::paths;
use crate::record::{Direction, Record};

/// The revisions whose schemas are kept in `tests/spec`.
pub const REVISIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];

/// The metadata member in which a request names its revision.
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";

/// The schema of one revision.
pub struct Specification {
    document: Value,
    /// Definition of a request or notification, by method.
    methods: HashMap<String, String>,
    /// Definition of an error object, by code, and whether it describes the whole message.
    errors: HashMap<i64, (String, bool)>,
    compiled: Mutex<HashMap<String, &'static Validator>>,
}

impl std::fmt::Debug for Specification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Specification").field("methods", &self.methods).finish_non_exhaustive()
    }
}

impl Specification {
    /// The schema of a revision, read and compiled once.
    ///
    /// # Errors
    /// A revision that has none here, or a schema that cannot be read.
    pub fn of(revision: &str) -> Result<&'static Self, String> {
        static ALL: OnceLock<HashMap<&'static str, Result<Specification, String>>> = OnceLock::new();
        let all = ALL.get_or_init(|| REVISIONS.iter().map(|name| (*name, Self::read(name))).collect());
        match all.get(revision) {
            Some(Ok(specification)) => Ok(specification),
            Some(Err(error)) => Err(error.clone()),
            None => Err(format!("no schema for revision {revision:?}")),
        }
    }

    fn read(revision: &str) -> Result<Self, String> {
        let path = paths::root().join("tests/spec").join(revision).join("schema.json");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let document: Value =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let definitions = document["$defs"].as_object().ok_or("a schema has $defs")?;
        let (mut methods, mut errors) = (HashMap::new(), HashMap::new());
        for (name, definition) in definitions {
            if let Some(method) = definition["properties"]["method"]["const"].as_str()
                && definition["properties"].get("jsonrpc").is_some()
                && !name.starts_with("Client")
                && !name.starts_with("Server")
            {
                methods.insert(method.to_owned(), name.clone());
            }
            if let Some(code) = definition["properties"]["code"]["const"].as_i64() {
                errors.insert(code, (name.clone(), false));
            }
            let parts = definition["properties"]["error"]["allOf"].as_array().into_iter().flatten();
            for code in parts.filter_map(|part| part["properties"]["code"]["const"].as_i64()) {
                errors.insert(code, (name.clone(), true));
            }
        }
        Ok(Self { document, methods, errors, compiled: Mutex::default() })
    }

    fn has(&self, definition: &str) -> bool {
        self.document["$defs"].get(definition).is_some()
    }

    /// Whether a definition is one of a union such as `ClientRequest`.
    fn allows(&self, union: &str, definition: &str) -> bool {
        let union = &self.document["$defs"][union];
        match union["anyOf"].as_array() {
            Some(members) => {
                let reference = format!("#/$defs/{definition}");
                members.iter().any(|member| member["$ref"] == *reference)
            }
            // A union of one is written as its only member.
            None => {
                let method = &union["properties"]["method"]["const"];
                method
                    .as_str()
                    .and_then(|method| self.methods.get(method))
                    .is_some_and(|own| own == definition)
            }
        }
    }

    fn validator(&self, definition: &str) -> Result<&'static Validator, String> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = compiled.get(definition) {
            return Ok(validator);
        }
        let schema = json!({
            "$schema": self.document["$schema"],
            "$ref": format!("#/$defs/{definition}"),
            "$defs": self.document["$defs"],
        });
        let validator = jsonschema::options().build(&schema).map_err(|error| error.to_string())?;
        // There are a few dozen definitions, each compiled once in the life of the process.
        let validator: &'static Validator = Box::leak(Box::new(validator));
        compiled.insert(definition.to_owned(), validator);
        Ok(validator)
    }

    fn fault(&self, definition: &str, instance: &Value) -> Option<String> {
        match self.validator(definition) {
            Err(error) => Some(error),
            Ok(validator) => validator
                .iter_errors(instance)
                .next()
                .map(|error| format!("{definition}: {error} at {}", error.instance_path())),
        }
    }

    /// The definition of the result of a request.
    fn result_of(&self, request: &str, result: &Value) -> String {
        if result["resultType"] == "input_required" {
            return "InputRequiredResult".to_owned();
        }
        let name = request.strip_suffix("Request").map(|stem| format!("{stem}Result"));
        name.filter(|name| self.has(name)).unwrap_or_else(|| "EmptyResult".to_owned())
    }
}

/// What a request that waits for its answer was.
struct Asked {
    method: String,
    revision: String,
}

/// One conversation, message by message.
struct Conversation<'a> {
    revision: &'a str,
    waiting: HashMap<(Direction, u64, String), Asked>,
}

/// Everything that is wrong in a recorded conversation, in one line each. `revision` is what messages speak that do
/// not say it themselves.
pub fn faults(records: &[Record], revision: &str) -> Vec<String> {
    let mut conversation = Conversation { revision, waiting: HashMap::new() };
    let mut faults = Vec::new();
    for record in records {
        if let Some(junk) = &record.junk {
            faults.push(format!("{:?}: no JSON: {}", record.dir, shortened(junk)));
        }
        let Some(message) = &record.msg else { continue };
        if let Err(fault) = conversation.check(record, message) {
            faults.push(format!("{:?}: {fault}: {}", record.dir, shortened(&message.to_string())));
        }
    }
    faults
}

impl Conversation<'_> {
    fn check(&mut self, record: &Record, message: &Value) -> Result<(), String> {
        match (message.get("method"), message.get("id")) {
            (Some(method), Some(id)) => self.request(record, message, text(method)?, id),
            (Some(method), None) => self.notification(record, message, text(method)?),
            (None, _) => self.response(record, message),
        }
    }

    fn request(&mut self, record: &Record, message: &Value, method: &str, id: &Value) -> Result<(), String> {
        let params = &message["params"];
        let stated = params["_meta"].get(VERSION).or_else(|| {
            // The first request of a session asks for the newest revision that the client knows.
            (method == "initialize").then_some(&params["protocolVersion"])
        });
        let revision = stated.and_then(Value::as_str).unwrap_or(self.revision).to_owned();
        let specification = Specification::of(&revision)?;
        let definition = specification
            .methods
            .get(method)
            .ok_or_else(|| format!("{revision} has no method {method:?}"))?;
        let union = match record.dir {
            Direction::C2s => "ClientRequest",
            Direction::S2c => "ServerRequest",
        };
        if !specification.allows(union, definition) {
            return Err(format!("{revision} does not allow {method:?} in this direction"));
        }
        let key = key(record.dir, record, id);
        if self.waiting.insert(key, Asked { method: method.to_owned(), revision: revision.clone() }).is_some()
        {
            return Err("the id is in use".to_owned());
        }
        specification.fault(definition, message).map_or(Ok(()), Err)
    }

    fn notification(&self, record: &Record, message: &Value, method: &str) -> Result<(), String> {
        let specification = Specification::of(self.revision)?;
        let definition = specification
            .methods
            .get(method)
            .ok_or_else(|| format!("{} has no notification {method:?}", self.revision))?;
        let union = match record.dir {
            Direction::C2s => "ClientNotification",
            Direction::S2c => "ServerNotification",
        };
        if !specification.allows(union, definition) {
            return Err(format!("{} does not allow {method:?} in this direction", self.revision));
        }
        specification.fault(definition, message).map_or(Ok(()), Err)
    }

    fn response(&mut self, record: &Record, message: &Value) -> Result<(), String> {
        let asker = match record.dir {
            Direction::C2s => Direction::S2c,
            Direction::S2c => Direction::C2s,
        };
        let asked = message.get("id").and_then(|id| self.waiting.remove(&key(asker, record, id)));
        if let Some(error) = message.get("error") {
            let revision = asked.as_ref().map_or(self.revision, |asked| &asked.revision);
            let specification = Specification::of(revision)?;
            let envelope = specification.fault("JSONRPCErrorResponse", message);
            let special = error["code"].as_i64().and_then(|code| specification.errors.get(&code));
            let detail = special
                .and_then(|(name, whole)| specification.fault(name, if *whole { message } else { error }));
            return envelope.or(detail).map_or(Ok(()), Err);
        }
        let asked = asked.ok_or("an answer to no request")?;
        let specification = Specification::of(&asked.revision)?;
        if let Some(fault) = specification.fault("JSONRPCResultResponse", message) {
            return Err(fault);
        }
        let result = &message["result"];
        let request = specification.methods.get(&asked.method).ok_or("an answer to an unknown method")?;
        specification.fault(&specification.result_of(request, result), result).map_or(Ok(()), Err)
    }
}

/// A request's place in the conversation. Requests of a client over HTTP are answered in their own exchange.
fn key(asker: Direction, record: &Record, id: &Value) -> (Direction, u64, String) {
    let exchange = if asker == Direction::C2s { record.exchange.unwrap_or(0) } else { 0 };
    (asker, exchange, id.to_string())
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "the method is no string".to_owned())
}

fn shortened(text: &str) -> String {
    const LENGTH: usize = 600;
    if text.chars().count() <= LENGTH {
        return text.to_owned();
    }
    text.chars().take(LENGTH).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(dir: Direction, message: &Value) -> Record {
        Record::new(dir, "stdio", message.to_string().as_bytes())
    }

    fn call(id: i64) -> Value {
        json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "add", "arguments": {},
            "_meta": {VERSION: "2026-07-28", "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {}}}})
    }

    fn result(id: i64, result: &Value) -> Value {
        json!({"jsonrpc": "2.0", "id": id, "result": result})
    }

    fn found(messages: &[(Direction, Value)], revision: &str) -> Vec<String> {
        let records: Vec<Record> = messages.iter().map(|(dir, message)| record(*dir, message)).collect();
        faults(&records, revision)
    }

    #[test]
    fn a_good_conversation_has_no_fault() {
        let good = json!({"resultType": "complete", "content": [{"type": "text", "text": "5"}],
            "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "s", "version": "1"}}});
        let found = found(&[(Direction::C2s, call(1)), (Direction::S2c, result(1, &good))], "2026-07-28");
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn every_kind_of_fault_is_found() {
        for (what, messages, revision) in [
            (
                "a result without its type",
                vec![(Direction::C2s, call(1)), (Direction::S2c, result(1, &json!({"content": []})))],
                "2026-07-28",
            ),
            (
                "a result without content",
                vec![
                    (Direction::C2s, call(1)),
                    (Direction::S2c, result(1, &json!({"resultType": "complete"}))),
                ],
                "2026-07-28",
            ),
            (
                "an answer to nothing",
                vec![(Direction::S2c, result(1, &json!({"resultType": "complete"})))],
                "2026-07-28",
            ),
            (
                "a method of the other era",
                vec![(Direction::C2s, json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover"}))],
                "2025-11-25",
            ),
            (
                "a request of the server",
                vec![(
                    Direction::S2c,
                    json!({"jsonrpc": "2.0", "id": 1, "method": "elicitation/create", "params": {}}),
                )],
                "2026-07-28",
            ),
            (
                "an id of null",
                vec![(
                    Direction::S2c,
                    json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": "x"}}),
                )],
                "2026-07-28",
            ),
            (
                "an error without its data",
                vec![
                    (Direction::C2s, call(1)),
                    (
                        Direction::S2c,
                        json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32021, "message": "x"}}),
                    ),
                ],
                "2026-07-28",
            ),
            (
                "a broken error",
                vec![(Direction::S2c, json!({"jsonrpc": "2.0", "error": {"code": "x"}}))],
                "2025-11-25",
            ),
            ("an id twice", vec![(Direction::C2s, call(1)), (Direction::C2s, call(1))], "2026-07-28"),
            (
                "an unknown notification",
                vec![(Direction::C2s, json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))],
                "2026-07-28",
            ),
        ] {
            assert_eq!(found(&messages, revision).len(), 1, "{what}: {:?}", found(&messages, revision));
        }
        let junk = Record::new(Direction::S2c, "stdio", b"hello");
        assert_eq!(faults(&[junk], "2026-07-28").len(), 1);
    }
}
