//! The object that stands for a value of another type on revisions whose structured content must be an object.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::raw::{Text, members, owned};

/// The only member of a wrapped value.
pub(crate) const MEMBER: &str = "result";

/// Whether the root of `schema` says that it describes objects and nothing else.
pub(crate) fn is_object_schema(schema: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Root<'a> {
        #[serde(borrow, rename = "type")]
        kind: Option<Text<'a>>,
    }
    serde_json::from_str::<Root<'_>>(schema.get())
        .is_ok_and(|root| root.kind.is_some_and(|kind| kind.0 == "object"))
}

/// The schema of an object whose one member has `schema`. Definitions move up to the new root, where the references
/// to them still point; references to other places of the old root are redirected. Everything else stays verbatim.
pub(crate) fn wrap_schema(schema: &RawValue) -> Box<RawValue> {
    let (mut outer, mut inner) = (String::from("{"), String::from("{"));
    // A schema may also be `true` or `false`.
    let all = members(schema);
    for (key, value) in all.iter().flat_map(|all| &all.0) {
        let hoisted = matches!(key.as_ref(), "$schema" | "$defs" | "definitions");
        let target = if hoisted { &mut outer } else { &mut inner };
        push_member(target, key, &redirected(key, value));
    }
    inner.push('}');
    push_member(&mut outer, "type", "\"object\"");
    let inner = if all.is_some() { &inner } else { schema.get() };
    push_member(&mut outer, "properties", &format!("{{\"{MEMBER}\":{inner}}}"));
    push_member(&mut outer, "required", &format!("[\"{MEMBER}\"]"));
    outer.push('}');
    owned(outer)
}

fn push_member(out: &mut String, key: &str, json: &str) {
    if out.len() > 1 {
        out.push(',');
    }
    out.push_str(&Value::from(key).to_string());
    out.push(':');
    out.push_str(json);
}

fn redirected<'a>(key: &str, value: &'a RawValue) -> Cow<'a, str> {
    let json = value.get();
    if key != "$ref" && !json.contains("\"$ref\"") {
        return Cow::Borrowed(json);
    }
    match serde_json::from_str::<Value>(json) {
        Ok(value) => {
            let mut member = Value::Object(Map::from_iter([(key.to_owned(), value)]));
            redirect(&mut member);
            Cow::Owned(member[key].to_string())
        }
        Err(_) => Cow::Borrowed(json),
    }
}

fn redirect(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(redirect),
        Value::Object(members) => {
            for (key, value) in members {
                match (key.as_str(), value) {
                    ("$ref", Value::String(target)) => {
                        let stays = target.starts_with("#/$defs/") || target.starts_with("#/definitions/");
                        if !stays && (target == "#" || target.starts_with("#/")) {
                            *target = format!("#/properties/{MEMBER}{}", &target[1..]);
                        }
                    }
                    // Data, not schema.
                    ("const" | "enum" | "default" | "examples", _) => {}
                    (_, value) => redirect(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
