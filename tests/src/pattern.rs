//! Patterns: JSON of which objects may have more members, and texts that start with `$` stand for values.
//!
//! `"$name"` is bound at its first match and compared at the next. `"$_"` is any value, `"$absent"` a member that is not
//! there, `{"$has": "text"}` a text that holds this one.
use std::collections::HashMap;

use serde_json::Value;

/// Values by their `$name`.
pub(crate) type Bindings = HashMap<String, Value>;

/// Whether a value fits a pattern; what the pattern names is bound when it does.
pub(crate) fn matches(pattern: &Value, value: &Value, bindings: &mut Bindings) -> bool {
    let mut bound = bindings.clone();
    let fits = fits(pattern, value, &mut bound);
    if fits {
        *bindings = bound;
    }
    fits
}

fn fits(pattern: &Value, value: &Value, bindings: &mut Bindings) -> bool {
    match (pattern, value) {
        (Value::String(name), _) if name == "$_" => true,
        (Value::String(name), _) if name.starts_with('$') => match bindings.get(name) {
            Some(bound) => same(bound, value),
            None => {
                bindings.insert(name.clone(), value.clone());
                true
            }
        },
        (Value::Object(wanted), Value::String(found)) if wanted.len() == 1 && wanted.contains_key("$has") => {
            wanted["$has"].as_str().is_some_and(|part| found.contains(part))
        }
        (Value::Object(wanted), Value::Object(found)) => {
            wanted.iter().all(|(name, wanted)| match found.get(name) {
                Some(found) => wanted != "$absent" && fits(wanted, found, bindings),
                None => wanted == "$absent",
            })
        }
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len()
                && wanted.iter().zip(found).all(|(wanted, found)| fits(wanted, found, bindings))
        }
        _ => same(pattern, value),
    }
}

/// Equality that does not tell 1 from 1.0: some languages have one kind of number.
fn same(left: &Value, right: &Value) -> bool {
    left == right || (left.is_number() && left.as_f64() == right.as_f64())
}

/// A command or pattern with what is bound put in.
pub(crate) fn filled(value: &Value, bindings: &Bindings) -> Value {
    match value {
        Value::String(name) => bindings.get(name).cloned().unwrap_or_else(|| value.clone()),
        Value::Array(items) => items.iter().map(|item| filled(item, bindings)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, item)| (name.clone(), filled(item, bindings))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Whether a text stands somewhere in a value.
pub(crate) fn mentions(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found == text,
        Value::Array(items) => items.iter().any(|item| mentions(item, text)),
        Value::Object(members) => members.values().any(|item| mentions(item, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_bind_compare_and_leave_nothing_behind_when_they_fail() {
        let mut bindings = Bindings::new();
        assert!(matches(&json!({"key": "$call"}), &json!({"key": 7, "more": 1}), &mut bindings));
        assert!(matches(&json!({"key": "$call"}), &json!({"key": 7.0}), &mut bindings));
        assert!(!matches(&json!({"key": "$call"}), &json!({"key": 8}), &mut bindings));
        assert!(!matches(&json!({"a": "$a", "b": 1}), &json!({"a": 1, "b": 2}), &mut bindings));
        assert!(!bindings.contains_key("$a"));
        assert!(!matches(&json!({"a": 1}), &json!({}), &mut bindings));
        assert!(!matches(&json!([1]), &json!([1, 2]), &mut bindings));
        assert!(matches(&json!({"a": "$_", "b": "$absent"}), &json!({"a": 1}), &mut bindings));
        assert!(!matches(&json!({"a": "$absent"}), &json!({"a": 1}), &mut bindings));
        assert!(matches(&json!({"$has": "b"}), &json!("abc"), &mut bindings));
        assert_eq!(
            filled(&json!({"call": "$call", "x": ["$y"]}), &bindings),
            json!({"call": 7, "x": ["$y"]})
        );
        assert!(mentions(&json!({"a": [{"b": "x"}]}), "x") && !mentions(&json!({"x": "y"}), "x"));
    }
}
