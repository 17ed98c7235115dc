//! The steps of a case. Texts that start with `$` in a pattern are bound at the first match and compared at the next; in
//! what is sent they are replaced. See `crate::pattern`.
use serde::Deserialize;
use serde_json::{Map, Value};

use super::forge::Forgery;

/// What the runner does to a server under test.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ServerStep {
    /// Calls a tool; waits for its answer when there is a pattern for it.
    Call {
        tool: String,
        #[serde(default = "super::nothing")]
        arguments: Value,
        /// Further members of the parameters.
        #[serde(default)]
        also: Map<String, Value>,
        /// The id; counted when left out.
        #[serde(default)]
        id: Option<Value>,
        #[serde(default)]
        answer: Option<Value>,
    },
    /// Any request.
    Request {
        method: String,
        #[serde(default)]
        params: Map<String, Value>,
        #[serde(default)]
        id: Option<Value>,
        #[serde(default)]
        answer: Option<Value>,
    },
    /// A notification.
    Notify {
        method: String,
        #[serde(default)]
        params: Map<String, Value>,
    },
    /// A message as it stands; a text is sent as it is, be it JSON or not.
    Send(Value),
    /// A message from the server, in any order, but for answers.
    Expect(Value),
    /// The next message from the server, whatever it is.
    Next(Value),
    /// The answer to a request that was sent before.
    Answered { id: Value, is: Value },
    /// Calls a tool until its text is this.
    Until {
        tool: String,
        #[serde(default = "super::nothing")]
        arguments: Value,
        text: String,
    },
    /// Empties the journal of the layers until these entries have come, one after the other and nothing else.
    Journal(Vec<String>),
    /// Waits until the layers have seen the greeting, if there is one, and empties their journal.
    Settle,
    /// One HTTP request, and its whole answer.
    Http(HttpStep),
    /// Closes the connection that waits for the answer to this request.
    Drop { id: Value },
    /// Takes the stream of this request up again where it broke.
    Resume { id: Value },
    /// Makes another sealed state of one.
    Forge(Forgery),
    /// Binds the id of the session.
    Session(String),
    /// Starts the server anew, with other options.
    Restart {
        #[serde(default = "super::nothing")]
        options: Value,
        #[serde(default = "super::yes")]
        greet: bool,
    },
    /// Closes the input of the server, which then ends by itself with status 0.
    End,
    /// The server ends by itself with status 0.
    Ends,
}

/// One HTTP request by hand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpStep {
    #[serde(default = "post")]
    pub(super) method: String,
    /// Instead of the path of the endpoint.
    #[serde(default)]
    pub(super) path: Option<String>,
    #[serde(default)]
    pub(super) headers: Map<String, Value>,
    #[serde(default)]
    pub(super) body: Option<Value>,
    /// The status that must come.
    pub(super) status: u16,
    /// A pattern of the headers that come, by their lower-case names.
    #[serde(default)]
    pub(super) has: Option<Value>,
    /// A pattern of the message in the answer.
    #[serde(default)]
    pub(super) answer: Option<Value>,
}

fn post() -> String {
    "POST".to_owned()
}

/// What the runner does with a client under test.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ClientStep {
    /// Connects a client to the server that is played, pinned to the revision of the place, and greets it.
    Connect(Connect),
    /// A command for the client, with `as` to name it and `answer` to wait for its answer.
    Command(Map<String, Value>),
    /// The answer to a command that was given before.
    Answered {
        #[serde(rename = "as")]
        name: String,
        is: Value,
    },
    /// An event that the client reports.
    Event(Value),
    /// A message from the client, in any order.
    Receive(Value),
    /// A message to the client; an answer goes to its request, anything else where a message can go.
    Send(Value),
    /// A message to the client on the stream of this request.
    Push { on: Value, message: Value },
    /// The steps so many times; what they bind, they bind anew each time.
    Repeat { count: usize, steps: Vec<ClientStep> },
    /// Plays the greeting of the revision.
    Greet,
    /// One HTTP request of the client, answered by hand.
    Serve(Serve),
    /// An event on the stream of a request that `serve` or `receive` took.
    Stream(StreamEvent),
    /// Cuts the connection of a request.
    Drop { id: Value },
    /// The client has gone before its request was answered.
    Gone { id: Value },
    /// The client opens the stream between requests.
    Opens,
    /// A server process is started.
    Starts,
    /// The server process ends.
    Exits {
        status: i32,
        #[serde(default)]
        stderr: String,
    },
    /// The client has closed the input of the server process.
    Ended,
}

/// How a client is connected.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Connect {
    /// Its name; `main` when left out.
    pub(super) client: Option<String>,
    /// Another target than the server that is played.
    pub(super) target: Option<Value>,
    pub(super) options: Map<String, Value>,
    /// Whether the revision is left open.
    pub(super) unpinned: bool,
    /// Whether greeting and answer are left to the steps; the command is named `connect`.
    pub(super) manual: bool,
    /// A pattern of the answer.
    pub(super) answer: Option<Value>,
}

/// How one HTTP request of the client is answered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Serve {
    /// A pattern of the request: `method`, `path`, `headers`, `message`.
    pub(super) request: Value,
    pub(super) status: u16,
    #[serde(default)]
    pub(super) headers: Map<String, Value>,
    /// The body: JSON, or a text as it is.
    #[serde(default)]
    pub(super) body: Option<Value>,
    /// Keeps an event stream open under this name.
    #[serde(default, rename = "as")]
    pub(super) name: Option<String>,
}

/// What happens on a stream that is open.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamEvent {
    /// The name under which it was opened.
    pub(super) on: String,
    #[serde(default)]
    pub(super) event: Option<String>,
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) retry: Option<u64>,
    #[serde(default)]
    pub(super) message: Option<Value>,
    /// Ends the stream afterwards.
    #[serde(default)]
    pub(super) end: bool,
}
