//! Checks every recorded message against the JSON Schema of the revision that it speaks.
//!
//! The definition follows from direction, method and, for answers, from the method of the request. There is no
//! exception for any of our revisions: their schemas leave the id out where a message could not be read, and so do
//! we. One mistake that both generated schemas share is put right when they are read.
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use self::rules::Rules;
use crate::paths;
use crate::record::{Direction, Record};

mod rules;
#[cfg(test)]
mod tests;

/// The revisions whose schemas are kept in `tests/spec`.
pub const REVISIONS: [&str; 5] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];

/// The metadata member in which a request names its revision.
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";

/// The metadata member in which a request asks for log messages.
const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";

/// The revision that has no sessions.
const SESSIONLESS: &str = "2026-07-28";

/// The schema of one revision.
pub struct Specification {
    document: Value,
    /// Definition of a request or notification, by method.
    methods: HashMap<String, String>,
    /// Definition of a question that travels in a result, by method.
    questions: HashMap<String, String>,
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
        // The older ones have another name for the same thing.
        let text = text.replace("\"#/definitions/", "\"#/$defs/");
        let mut document: Value =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        if let Some(definitions) = document.as_object_mut().and_then(|all| all.remove("definitions")) {
            document["$defs"] = definitions;
        }
        // Generated from `number` of the TypeScript schema, which is the one that counts, as is its `NumberSchema`.
        let content = "/$defs/ElicitResult/properties/content";
        if document.pointer(content).is_some() {
            let places = ["/additionalProperties/anyOf/1/type", "/additionalProperties/type"];
            let place = places.iter().find(|place| document.pointer(&format!("{content}{place}")).is_some());
            let kinds = place.and_then(|place| document.pointer_mut(&format!("{content}{place}")));
            let kinds = kinds.filter(|kinds| **kinds == json!(["string", "integer", "boolean"]));
            *kinds.ok_or(
                "the schema of an elicitation's content is no longer the one that is put right here",
            )? = json!(["string", "number", "boolean"]);
        }
        let definitions = document["$defs"].as_object().ok_or("a schema has $defs")?;
        let (mut methods, mut questions, mut errors) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (name, definition) in definitions {
            if let Some(method) = definition["properties"]["method"]["const"].as_str()
                && !name.starts_with("Client")
                && !name.starts_with("Server")
            {
                // What is no message of its own is a member of one; the older schemas leave the envelope out.
                let enveloped = definitions.contains_key("JSONRPCResultResponse");
                let whole = !enveloped || definition["properties"].get("jsonrpc").is_some();
                let names = if whole { &mut methods } else { &mut questions };
                names.insert(method.to_owned(), name.clone());
            }
            if let Some(code) = definition["properties"]["code"]["const"].as_i64() {
                errors.insert(code, (name.clone(), false));
            }
            let parts = definition["properties"]["error"]["allOf"].as_array().into_iter().flatten();
            for code in parts.filter_map(|part| part["properties"]["code"]["const"].as_i64()) {
                errors.insert(code, (name.clone(), true));
            }
        }
        Ok(Self { document, methods, questions, errors, compiled: Mutex::default() })
    }

    /// What is wrong with one message by itself. `asked` is the method of the request that it answers. An error to what
    /// could not be read has no id, which the older schemas do not know.
    pub(crate) fn message_fault(&self, message: &Value, asked: Option<&str>) -> Option<String> {
        if let Some(method) = message["method"].as_str() {
            return match self.methods.get(method) {
                Some(definition) => self.fault(definition, message),
                None => Some(format!("the revision has no method {method:?}")),
            };
        }
        let envelope = |names: [&'static str; 2]| names.into_iter().find(|name| self.has(name));
        if message.get("error").is_some() {
            let unread = message.get("id").is_none_or(Value::is_null);
            let name = envelope(["JSONRPCErrorResponse", "JSONRPCError"]).filter(|_| !unread)?;
            return self.fault(name, message);
        }
        let name = envelope(["JSONRPCResultResponse", "JSONRPCResponse"])?;
        let request = self.methods.get(asked?)?;
        let result = &message["result"];
        self.fault(name, message).or_else(|| self.fault(&self.result_of(request, result), result))
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
    /// Whether it asked for log messages.
    logs: bool,
}

/// One conversation, message by message.
struct Conversation<'a> {
    revision: &'a str,
    waiting: HashMap<(Direction, u64, String), Asked>,
    rules: Rules,
}

/// Everything that is wrong in a recorded conversation, in one line each. `revision` is what messages speak that do
/// not say it themselves.
pub fn faults(records: &[Record], revision: &str) -> Vec<String> {
    let mut conversation = Conversation { revision, waiting: HashMap::new(), rules: Rules::default() };
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
        // A faulty request is answered all the same, in the revision of the conversation if its own has no such method.
        let has = |name: &str| Specification::of(name).is_ok_and(|known| known.methods.contains_key(method));
        let answered_in = if has(&revision) { &revision } else { self.revision };
        let logs = params["_meta"].get(LOG_LEVEL).is_some();
        let asked = Asked { method: method.to_owned(), revision: answered_in.to_owned(), logs };
        if self.waiting.insert(key(record.dir, record, id), asked).is_some() {
            return Err("the id is in use".to_owned());
        }
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
        if let Some(fault) = specification.fault(definition, message) {
            return Err(fault);
        }
        if revision == SESSIONLESS { self.rules.request(specification, record, message) } else { Ok(()) }
    }

    fn notification(&mut self, record: &Record, message: &Value, method: &str) -> Result<(), String> {
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
        if let Some(fault) = specification.fault(definition, message) {
            return Err(fault);
        }
        if self.revision != SESSIONLESS || record.dir == Direction::C2s {
            return Ok(());
        }
        let logs = self.waiting.iter().any(|((_, exchange, _), asked)| {
            asked.logs && record.exchange.is_none_or(|own| own == *exchange)
        });
        self.rules.notification(record, message, logs)
    }

    fn response(&mut self, record: &Record, message: &Value) -> Result<(), String> {
        let asker = match record.dir {
            Direction::C2s => Direction::S2c,
            Direction::S2c => Direction::C2s,
        };
        let asked = message.get("id").and_then(|id| self.answered(asker, record, id));
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
        if let Some(fault) = specification.fault(&specification.result_of(request, result), result) {
            return Err(fault);
        }
        if asked.revision == SESSIONLESS { self.rules.result(&asked.method, result) } else { Ok(()) }
    }

    /// Takes the request that an answer is for.
    fn answered(&mut self, asker: Direction, record: &Record, id: &Value) -> Option<Asked> {
        let own = key(asker, record, id);
        if let Some(asked) = self.waiting.remove(&own) {
            return Some(asked);
        }
        // In a session ids are not used twice, and what was missed on one stream is delivered on another.
        let elsewhere =
            self.waiting.keys().find(|(by, _, other)| *by == asker && *other == own.2).cloned()?;
        (self.waiting[&elsewhere].revision != SESSIONLESS).then(|| self.waiting.remove(&elsewhere)).flatten()
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
