//! What a tool is: a specification and a handler.
use std::any::Any;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use dovetail_protocol::rounds::QuestionKind;
use dovetail_protocol::tools::ToolSpec;
use dovetail_protocol::types::ToolAnnotations;
use dovetail_protocol::{Error, ErrorKind, RawValue, push_string};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::described::described;
use super::run::Habits;
use super::{Context, ToolResult};

/// What a handler made of a request.
#[derive(Clone, Debug)]
pub enum Output {
    /// A plain JSON value. Of a tool: the server makes content and structured content of it. Of a prompt: a text, a
    /// message or a list of messages. Of a resource: a text, contents or a list of contents.
    Value(Bytes),
    /// A whole result object, in the terms of the newest specification; older revisions get what they know of it.
    Whole(Bytes),
    /// The bytes of a resource.
    Blob(Bytes),
}

impl Output {
    /// The output for a plain value.
    ///
    /// # Errors
    /// A tool failure when the value has no JSON form (a map with keys that are no strings, for example).
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, Failure> {
        serde_json::to_vec(value)
            .map(|json| Self::Value(json.into()))
            .map_err(|error| Failure::Tool(format!("the result has no JSON form: {error}")))
    }

    /// The output for a text.
    pub fn text(text: &str) -> Self {
        let mut json = Vec::with_capacity(text.len() + 2);
        push_string(&mut json, text);
        Self::Value(json.into())
    }
}

/// Why a handler did not produce an output.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The tool failed; the text is for the model, which may correct itself (`isError: true`).
    Tool(String),
    /// The request itself is refused with a JSON-RPC error.
    Protocol(Error),
}

impl Failure {
    /// A tool failure with the text of an error.
    pub fn tool(error: impl std::fmt::Display) -> Self {
        Self::Tool(error.to_string())
    }

    /// What a function returned as its error: a failure stays what it is, everything else is a failure of the tool.
    #[doc(hidden)]
    pub fn of<E: std::fmt::Display + 'static>(error: E) -> Self {
        match (&error as &dyn Any).downcast_ref::<Self>() {
            Some(failure) => failure.clone(),
            None => Self::tool(error),
        }
    }

    /// Refuses the request with a JSON-RPC error of the program's own choice. Without a code it is an internal
    /// error; `data` is JSON.
    pub fn refused(code: Option<i64>, detail: &str, data: Option<&[u8]>) -> Self {
        let data = data.and_then(|data| serde_json::from_slice(data).ok());
        Self::Protocol(Error::refused(code, detail, data))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tool(text) => f.write_str(text),
            Self::Protocol(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

/// An error of ours, such as that of a question, refuses the request.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Protocol(error)
    }
}

/// Answers a request of one kind: a call of a tool, a prompt, a read of a resource, a completion, a method of an
/// extension. Implemented for you by `#[tool]` and the typed constructors; implement it to bridge to something else.
///
/// What `arguments` holds: for a tool, an object that satisfies the input schema; for a prompt, an object of strings;
/// for a resource `{"uri"}`, for a template `{"uri", "variables"}`; for a completion `{"argument", "value",
/// "context"}`; for a method, its parameters.
pub trait Handler: Send + Sync + 'static {
    /// Starts a run. Dropping the future cancels it.
    fn call(&self, context: Context, arguments: Bytes) -> BoxFuture<'static, Result<Output, Failure>>;

    /// Whether a run ends by itself soon after one of its questions failed as suspended. A handler that does not
    /// is dropped at the question.
    fn unwinds(&self) -> bool {
        false
    }
}

/// A tool that a [`Server`](crate::Server) offers.
#[derive(Clone)]
pub struct Tool {
    pub(crate) spec: ToolSpec,
    pub(crate) handler: Arc<dyn Handler>,
    open_answers: bool,
    once: Option<bool>,
}

impl std::fmt::Debug for Tool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tool").field("name", &self.spec.name).finish_non_exhaustive()
    }
}

/// Arguments that a typed handler takes.
pub trait Arguments: DeserializeOwned + JsonSchema + Send + 'static {}
impl<T: DeserializeOwned + JsonSchema + Send + 'static> Arguments for T {}

/// A value that a typed handler returns.
pub trait IntoOutput: Serialize + JsonSchema + Send + 'static {}
impl<T: Serialize + JsonSchema + Send + 'static> IntoOutput for T {}

impl Tool {
    /// A tool from a specification (the wire form of the specification, plus `asks`) and a handler.
    ///
    /// # Errors
    /// `invalid_argument` when the JSON is not a tool definition.
    pub fn from_json(spec: &[u8], handler: impl Handler) -> Result<Self, Error> {
        let spec: ToolSpec = serde_json::from_slice(spec)
            .map_err(|error| Error::new(ErrorKind::InvalidConfig, format!("tool definition: {error}")))?;
        Ok(Self::with(spec, handler))
    }

    fn with(spec: ToolSpec, handler: impl Handler) -> Self {
        Self { spec, handler: Arc::new(handler), open_answers: false, once: None }
    }

    /// A tool from a typed function. The schemas come from the types; a `String` or `()` result has no output
    /// schema and becomes plain text, and a [`ToolResult`] is sent as it is.
    pub fn typed<A, R, F, Fut>(name: &str, description: &str, run: F) -> Self
    where
        A: Arguments,
        R: IntoOutput,
        F: Fn(A, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, Failure>> + Send + 'static,
    {
        let mut input = schema_of::<A>();
        if input.get("properties").is_none() {
            input.insert("properties".to_owned(), serde_json::json!({}));
        }
        let output = schema_of::<R>();
        let plain = matches!(output.get("type").and_then(serde_json::Value::as_str), Some("string" | "null"));
        let plain = plain || ToolResult::is::<R>();
        let spec = ToolSpec {
            description: (!description.is_empty()).then(|| description.to_owned()),
            output_schema: (!plain).then(|| raw(&output)),
            ..ToolSpec::new(name, raw(&input))
        };
        Self::with(spec, Typed { run: Arc::new(run), types: std::marker::PhantomData::<fn(A) -> R> })
    }

    /// Declares that the tool asks its user with forms: a client that cannot answer is refused before the handler
    /// runs.
    #[must_use]
    pub fn asks_form(mut self) -> Self {
        self.spec.asks.push(QuestionKind::Form);
        self
    }

    /// Declares that the tool asks this: a client that cannot answer is refused before the handler runs.
    #[must_use]
    pub fn asks(mut self, kind: QuestionKind) -> Self {
        self.spec.asks.push(kind);
        self
    }

    /// Takes answers to named questions although they were not put to this client yet. Off by default, because
    /// such an answer proves no consent: nobody knows what its user saw.
    #[must_use]
    pub fn open_answers(mut self) -> Self {
        self.open_answers = true;
        self
    }

    /// Whether answers allow one run only, on revisions whose answers can be sent again. Default: yes for tools that
    /// are annotated as destructive.
    #[must_use]
    pub fn once(mut self, once: bool) -> Self {
        self.once = Some(once);
        self
    }

    /// Replaces the JSON Schema of the arguments.
    #[must_use]
    pub fn input_schema(mut self, schema: Box<RawValue>) -> Self {
        self.spec.input_schema = schema;
        self
    }

    /// Replaces the JSON Schema of the returned value; the result is structured then.
    #[must_use]
    pub fn output_schema(mut self, schema: Box<RawValue>) -> Self {
        self.spec.output_schema = Some(schema);
        self
    }

    /// How the tool behaves, for clients that trust this server.
    #[must_use]
    pub fn annotations(mut self, annotations: &ToolAnnotations) -> Self {
        self.spec.annotations =
            Some(serde_json::value::to_raw_value(annotations).expect("flags and strings always serialize"));
        self
    }

    pub(crate) fn habits(&self) -> Habits {
        let destructive = || {
            let annotations = self.spec.annotations.as_deref();
            annotations
                .and_then(|raw| serde_json::from_str::<ToolAnnotations>(raw.get()).ok())
                .is_some_and(|annotations| annotations.destructive_hint == Some(true))
        };
        Habits { open_answers: self.open_answers, once: self.once.unwrap_or_else(destructive) }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.spec.name
    }
}

described! { Tool }

struct Typed<F, A, R> {
    run: Arc<F>,
    types: std::marker::PhantomData<fn(A) -> R>,
}

impl<A, R, F, Fut> Handler for Typed<F, A, R>
where
    A: Arguments,
    R: IntoOutput,
    F: Fn(A, Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<R, Failure>> + Send + 'static,
{
    fn call(&self, context: Context, arguments: Bytes) -> BoxFuture<'static, Result<Output, Failure>> {
        let run = self.run.clone();
        Box::pin(async move {
            let arguments: A = serde_json::from_slice(&arguments)
                .map_err(|error| Failure::Tool(format!("Invalid arguments: {error}")))?;
            let value = run(arguments, context).await?;
            let any: &dyn Any = &value;
            // Texts are what tools return most, and may be long.
            let output = match (any.downcast_ref::<String>(), any.downcast_ref::<&'static str>()) {
                (Some(text), _) => Output::text(text),
                (_, Some(text)) => Output::text(text),
                _ => Output::json(&value)?,
            };
            Ok(match output {
                Output::Value(json) if ToolResult::is::<R>() => Output::Whole(json),
                other => other,
            })
        })
    }
}

/// The schema of a type, without the members that only help a schema library.
pub(crate) fn schema_of<T: JsonSchema>() -> serde_json::Map<String, serde_json::Value> {
    let schema =
        schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let mut members = match schema.to_value() {
        serde_json::Value::Object(members) => members,
        // `true` and `false` are schemas, too: anything goes, or nothing.
        other => serde_json::Map::from_iter([("not".to_owned(), serde_json::json!(other == false))]),
    };
    members.remove("$schema");
    members.remove("title");
    members
}

fn raw(schema: &serde_json::Map<String, serde_json::Value>) -> Box<RawValue> {
    serde_json::value::to_raw_value(schema).expect("a JSON tree always serializes")
}
