//! Completion of arguments. Specification: server utilities, "Completion".

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::to_json;
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::meta::RequestMeta;
use crate::raw::{Text, is_object, members, push_string, text};

/// What the argument belongs to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Reference {
    /// A prompt.
    Prompt {
        /// Its name.
        name: String,
    },
    /// A resource template.
    Resource {
        /// Its URI template, verbatim.
        uri: String,
    },
}

/// The parameters of `completion/complete`.
#[derive(Clone, Debug)]
pub struct CompleteParams<'a> {
    /// What the argument belongs to.
    pub reference: Reference,
    /// The argument.
    pub argument: Cow<'a, str>,
    /// What has been typed so far.
    pub value: Cow<'a, str>,
    /// Arguments that are known already.
    pub context: Vec<(String, String)>,
    /// The request's metadata.
    pub meta: RequestMeta<'a>,
}

impl<'a> CompleteParams<'a> {
    /// Reads the parameters. Fails with [`ErrorKind::InvalidParams`] naming the member at fault.
    pub fn parse(params: Option<&'a RawValue>) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Argument<'a> {
            #[serde(borrow)]
            name: Text<'a>,
            #[serde(borrow)]
            value: Text<'a>,
        }
        let invalid = |detail: &str| Error::new(ErrorKind::InvalidParams, detail);
        let all = params.and_then(members).ok_or_else(|| invalid("params must be an object"))?;
        let about = || {
            let about = members(all.get("ref")?)?;
            let said = |key: &str| about.get(key).and_then(text).map(Cow::into_owned);
            match said("type")?.as_str() {
                "ref/prompt" => Some(Reference::Prompt { name: said("name")? }),
                "ref/resource" => Some(Reference::Resource { uri: said("uri")? }),
                _ => None,
            }
        };
        let reference = about().ok_or_else(|| invalid("params.ref must name a prompt or a resource"))?;
        let argument: Argument<'a> = all
            .get("argument")
            .filter(|raw| is_object(raw))
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
            .ok_or_else(|| invalid("params.argument must have a name and a value, both strings"))?;
        let mut context = Vec::new();
        let known = all.get("context").map(|raw| {
            let wrong = || invalid("params.context.arguments must be an object of strings");
            match members(raw).ok_or_else(wrong)?.get("arguments") {
                Some(known) => members(known).ok_or_else(wrong),
                None => Ok(crate::raw::Members(Vec::new())),
            }
        });
        for (key, value) in known.transpose()?.into_iter().flat_map(|known| known.0) {
            let value = text(value)
                .ok_or_else(|| invalid("params.context.arguments must be an object of strings"))?;
            context.push((key.into_owned(), value.into_owned()));
        }
        Ok(Self {
            reference,
            argument: argument.name.0,
            value: argument.value.0,
            context,
            meta: RequestMeta::parse(all.get("_meta"))?,
        })
    }
}

/// The parameters of `completion/complete`, without `_meta`.
pub fn complete_params(
    reference: &Reference,
    argument: &str,
    value: &str,
    context: &[(String, String)],
) -> Vec<u8> {
    let mut out = br#"{"ref":{"type":"#.to_vec();
    let (kind, key, name) = match reference {
        Reference::Prompt { name } => ("ref/prompt", "name", name),
        Reference::Resource { uri } => ("ref/resource", "uri", uri),
    };
    push_string(&mut out, kind);
    out.push(b',');
    push_string(&mut out, key);
    out.push(b':');
    push_string(&mut out, name);
    out.extend_from_slice(br#"},"argument":{"name":"#);
    push_string(&mut out, argument);
    out.extend_from_slice(br#","value":"#);
    push_string(&mut out, value);
    out.push(b'}');
    if !context.is_empty() {
        out.extend_from_slice(br#","context":{"arguments":{"#);
        for (at, (key, value)) in context.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_string(&mut out, key);
            out.push(b':');
            push_string(&mut out, value);
        }
        out.extend_from_slice(b"}}");
    }
    out.push(b'}');
    out
}

/// Values that the argument could have.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Completion {
    /// The best ones first; at most 100.
    pub values: Vec<String>,
    /// How many there are in all, when known.
    pub total: Option<u64>,
    /// Whether there are more than these.
    #[serde(default)]
    pub has_more: Option<bool>,
}

/// The body of a completion result. Values beyond the limit of the specification ([`Limits::COMPLETIONS`]) are cut
/// off, and the result says that there are more.
pub fn completion_body(values: &[String], total: Option<u64>, has_more: bool) -> Vec<u8> {
    let shown = &values[..values.len().min(Limits::COMPLETIONS)];
    let mut out = br#"{"completion":{"values":"#.to_vec();
    out.extend_from_slice(&to_json(&shown));
    let cut = shown.len() < values.len();
    let total = total.or_else(|| cut.then_some(values.len() as u64));
    if let Some(total) = total {
        out.extend_from_slice(format!(r#","total":{total}"#).as_bytes());
    }
    out.extend_from_slice(if has_more || cut { br#","hasMore":true}}"# } else { br#","hasMore":false}}"# });
    out
}

/// Reads a completion result. Fails with [`ErrorKind::Malformed`].
pub fn parse_completion(result: &RawValue) -> Result<Completion, Error> {
    let completion = members(result).and_then(|all| all.get("completion")).filter(|raw| is_object(raw));
    completion.and_then(|raw| serde_json::from_str(raw.get()).ok()).ok_or_else(|| {
        Error::new(ErrorKind::Malformed, "the result of completion/complete does not follow the schema")
    })
}
