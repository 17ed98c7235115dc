//! The server of the shared cases; see `conformance/cases/README.md`.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dovetail::{
    Answer, Ask, CacheScope, Cacheable, Context, Error, ErrorKind, Failure, Limits, Prompt, PromptArguments,
    Resource, ResourceTemplate, Server, Tool, Variables, tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::Notify;

use crate::layers::{self, Journal};
use crate::stubborn::Stubborn;

/// How the fixture is set up.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct ServerOptions {
    state_keys: Option<String>,
    page_size: Option<usize>,
    call_timeout_ms: Option<u64>,
    limits: GivenLimits,
    resumable: bool,
    pub(crate) sse: bool,
    layers: bool,
    extra: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct GivenLimits {
    in_flight: Option<usize>,
    sessions: Option<usize>,
}

/// What the handlers of one server share.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    counters: Arc<Mutex<BTreeMap<String, u32>>>,
    released: Arc<Notify>,
    journal: Journal,
}

impl Shared {
    fn of(context: &Context) -> Arc<Self> {
        context.state::<Self>().expect("the fixture has state")
    }

    /// Counts, and gives the counter.
    pub(crate) fn count(context: &Context, name: &str) -> u32 {
        Self::of(context).add(name)
    }

    fn add(&self, name: &str) -> u32 {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let counter = counters.entry(name.to_owned()).or_default();
        *counter += 1;
        *counter
    }
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

#[derive(Deserialize, JsonSchema)]
struct Day {
    day: String,
}

#[derive(Deserialize, JsonSchema)]
struct Place {
    place: String,
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Reply {
    pub(crate) answer: String,
}

/// Adds two integers.
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Fails.
#[tool]
fn fail(message: String) -> Result<String, String> {
    Err(message)
}

struct CountsCancellation(Option<Arc<Shared>>);

impl Drop for CountsCancellation {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.add("cancelled");
        }
    }
}

/// Waits for release.
#[tool]
async fn hold(context: Context) -> String {
    let shared = Shared::of(&context);
    let mut waiting = CountsCancellation(Some(shared.clone()));
    let released = shared.released.notified();
    context.progress(1.0, None, None);
    released.await;
    waiting.0 = None;
    "released".to_owned()
}

/// Lets every waiting call of hold go.
#[tool]
fn release(context: Context) -> String {
    Shared::of(&context).released.notify_waiters();
    "ok".to_owned()
}

/// A counter.
#[tool]
fn count(of: String, context: Context) -> u32 {
    let shared = Shared::of(&context);
    let counters = shared.counters.lock().unwrap_or_else(PoisonError::into_inner);
    counters.get(&of).copied().unwrap_or_default()
}

/// What the layers saw.
#[tool]
fn journal(context: Context) -> String {
    Shared::of(&context).journal.take().join("; ")
}

/// Asks for a day.
#[tool]
async fn book(context: Context) -> Result<String, Error> {
    Ok(match context.elicit::<Day>("Which day?").await? {
        Answer::Accept(Day { day }) => format!("booked {day}"),
        Answer::Decline => "declined".to_owned(),
        Answer::Cancel => "cancelled".to_owned(),
    })
}

async fn pay(_: Nothing, context: Context) -> Result<String, Failure> {
    let counting = context.clone();
    let charge = || async move { Ok(format!("receipt {}", Shared::count(&counting, "charged"))) };
    let receipt = context.step("charge", charge).await?;
    if !context.confirm("Pay?").await.map_err(Failure::Protocol)? {
        return Ok(format!("kept {receipt}"));
    }
    Shared::count(&context, "paid");
    Ok(format!("paid {receipt}"))
}

async fn trip(_: Nothing, context: Context) -> Result<String, Failure> {
    let asked = context.elicit::<Place>("From?").await.map_err(Failure::Protocol)?;
    let Answer::Accept(from) = asked else { return Ok("no trip".to_owned()) };
    let counting = context.clone();
    let reserve = || async move {
        Shared::count(&counting, "reserved");
        Ok(true)
    };
    context.step("reserve", reserve).await?;
    let asked = context.elicit::<Place>("To?").await.map_err(Failure::Protocol)?;
    let Answer::Accept(to) = asked else { return Ok("no trip".to_owned()) };
    Ok(format!("{} to {}", from.place, to.place))
}

/// Asks something else in its second run.
#[tool]
async fn moody(context: Context) -> Result<String, Error> {
    let message = if Shared::count(&context, "moody") == 1 { "First?" } else { "Second?" };
    Ok(match context.elicit::<Reply>(message).await? {
        Answer::Accept(Reply { answer }) => format!("{message} {answer}"),
        Answer::Decline | Answer::Cancel => "declined".to_owned(),
    })
}

/// Asks two questions at once.
#[tool]
async fn both(context: Context) -> Result<String, Error> {
    let asked = [("name", Ask::form::<Reply>("Name?")), ("sure", Ask::form::<Reply>("Really?"))];
    let answers = context.ask(asked).await?;
    Ok(match (answers.form::<Reply>("name")?, answers.form::<Reply>("sure")?) {
        (Answer::Accept(name), Answer::Accept(sure)) => format!("{} {}", name.answer, sure.answer),
        _ => "declined".to_owned(),
    })
}

async fn wipe(_: Nothing, context: Context) -> Result<String, Failure> {
    if context.confirm("Wipe?").await.map_err(Failure::Protocol)? {
        Ok(format!("wiped {}", Shared::count(&context, "wiped")))
    } else {
        Ok("kept".to_owned())
    }
}

/// Asks about an item.
#[tool]
async fn order(item: String, context: Context) -> Result<String, Error> {
    let yes = context.confirm(&format!("Order {item}?")).await?;
    Ok(if yes { format!("ordered {item}") } else { "kept".to_owned() })
}

/// Is not always there.
#[tool]
fn extra() -> String {
    "extra".to_owned()
}

#[derive(Deserialize, JsonSchema)]
struct Touched {
    uri: String,
}

/// The tools that change what the server offers.
fn changing(server: Server) -> Server {
    let (growing, shrinking, touching, quitting) =
        (server.clone(), server.clone(), server.clone(), server.clone());
    let grow = move |_: Nothing, _| {
        let added = growing.add_tool(extra).map_err(Failure::tool);
        async move { added.map(|()| "ok".to_owned()) }
    };
    let shrink = move |_: Nothing, _| {
        shrinking.remove_tool("extra");
        async { Ok("ok".to_owned()) }
    };
    let touch = move |touched: Touched, _| {
        touching.resource_updated(&touched.uri);
        async { Ok("ok".to_owned()) }
    };
    let quit = move |_: Nothing, _| {
        let quitting = quitting.clone();
        tokio::spawn(async move { quitting.close(Duration::from_secs(1)).await });
        async { Ok("ok".to_owned()) }
    };
    server
        .tool(Tool::typed("grow", "Adds a tool.", grow))
        .tool(Tool::typed("shrink", "Removes it.", shrink))
        .tool(Tool::typed("touch", "Announces a change of a resource.", touch))
        .tool(Tool::typed("quit", "Closes the server.", quit))
}

async fn asking(context: Context) -> Result<String, Failure> {
    let yes = context.confirm("Read it?").await.map_err(Failure::Protocol)?;
    Ok(if yes { "read" } else { "not read" }.to_owned())
}

async fn people(variables: Variables, _: Context) -> Result<String, Failure> {
    let refused = |kind| Err(Failure::Protocol(Error::new(kind, "there is no such note")));
    match variables.get("name").unwrap_or_default() {
        "nobody" => refused(ErrorKind::UnknownResource),
        "secret" => refused(ErrorKind::Forbidden),
        name => Ok(format!("note for {name}")),
    }
}

async fn greet(arguments: PromptArguments, _: Context) -> Result<String, Failure> {
    Ok(format!("Greet {}.", arguments.get("name").unwrap_or_default()))
}

async fn repeat(arguments: PromptArguments, _: Context) -> Result<String, Failure> {
    match arguments.get("times").unwrap_or_default().parse() {
        Ok(times) => Ok(vec!["again"; times].join(" ")),
        Err(_) => {
            Err(Failure::Protocol(Error::new(ErrorKind::InvalidParams, "times: an integer is expected")))
        }
    }
}

async fn careful(_: PromptArguments, context: Context) -> Result<&'static str, Failure> {
    let yes = context.confirm("Go on?").await.map_err(Failure::Protocol)?;
    Ok(if yes { "Going on." } else { "Stopping." })
}

/// The server of the fixture.
pub(crate) fn server(options: &ServerOptions) -> Result<Server, Error> {
    let shared = Shared::default();
    let mut server = Server::with_version("cases", "1.0.0")
        .instructions("Cases.")
        .cache(Cacheable::Tools, Duration::from_secs(60), CacheScope::Public)
        .resumable(options.resumable)
        .state(shared.clone());
    if let Some(keys) = &options.state_keys {
        server = server.state_keys(keys);
    }
    if let Some(entries) = options.page_size {
        server = server.page_size(entries);
    }
    if let Some(deadline) = options.call_timeout_ms {
        server = server.deadline(Duration::from_millis(deadline));
    }
    let defaults = Limits::default();
    server = server.limits(Limits {
        in_flight: options.limits.in_flight.unwrap_or(defaults.in_flight),
        sessions: options.limits.sessions.unwrap_or(defaults.sessions),
        ..defaults
    });
    if options.layers {
        let [outer, inner] = layers::both(&shared.journal);
        server = server.layer(outer).layer(inner);
    }
    let server = server
        .tool(add)
        .tool(fail)
        .tool(hold)
        .tool(release)
        .tool(count)
        .tool(journal)
        .tool(book)
        .tool(Tool::typed("pay", "Charges, and asks before it pays.", pay))
        .tool(Tool::typed("trip", "Asks twice.", trip))
        .tool(moody)
        .tool(Stubborn::tool()?)
        .tool(both)
        .tool(Tool::typed("wipe", "Wipes once.", wipe).once(true))
        .tool(order);
    let mut server = changing(server);
    if options.extra {
        server = server.tool(extra);
    }
    Ok(server
        .resource(Resource::text("note://welcome", "welcome", "Hello"))
        .resource(Resource::new("note://asking", "asking", asking))
        .resource_template(ResourceTemplate::new("note://people/{name}", "people", people))
        .prompt(Prompt::new("greet", "Greets somebody.", greet).argument("name", "Who", true))
        .prompt(Prompt::new("repeat", "Says it again.", repeat).argument("times", "How often", true))
        .prompt(Prompt::new("careful", "Asks first.", careful)))
}
