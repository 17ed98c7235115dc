//! The command line.
use std::time::Duration;

use clap::{Parser, Subcommand};
use dovetail::{Command, RawValue, Revision, Target};

/// Look at MCP servers and call their tools.
///
/// A server is named by its URL, or started by the command after `--`. A URL is never run as a command, and a
/// command is never seen by a shell.
#[derive(Parser)]
#[command(name = "dovetail", version)]
pub(crate) struct Args {
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Speak this protocol revision only, instead of finding out.
    #[arg(long, global = true, value_name = "DATE")]
    revision: Option<String>,

    /// Give up on a call after so many seconds [default: 60].
    #[arg(long, global = true, value_name = "SECONDS")]
    timeout: Option<u64>,

    /// Send this HTTP header (`name: value`); may be repeated.
    #[arg(long, global = true, value_name = "HEADER")]
    header: Vec<String>,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Show what a server is and which tools it has: `dovetail inspect URL`, `dovetail inspect -- COMMAND…`
    Inspect {
        /// The URL of the server.
        #[arg(value_name = "URL")]
        words: Vec<String>,
        /// The program that is the server, and its arguments.
        #[arg(last = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Call a tool: `dovetail call URL TOOL [JSON]`, `dovetail call TOOL [JSON] -- COMMAND…`
    Call {
        /// The URL of the server, unless a command follows; the tool; its arguments as a JSON object.
        #[arg(value_name = "URL TOOL JSON")]
        words: Vec<String>,
        /// The program that is the server, and its arguments.
        #[arg(last = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
}

/// A server and how to reach it.
pub(crate) struct Place {
    pub(crate) target: Target,
    pub(crate) revision: Option<Revision>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) headers: Vec<(String, String)>,
}

/// What to do.
pub(crate) enum Job {
    Inspect(Place),
    Call { place: Place, tool: String, arguments: Box<RawValue> },
}

impl Args {
    pub(crate) fn into_job(self) -> Result<Job, String> {
        let Self { revision, timeout, header, verb, json: _ } = self;
        let revision = revision
            .map(|text| {
                Revision::parse(&text).ok_or_else(|| {
                    let known: Vec<&str> = Revision::ALL.iter().map(|revision| revision.as_str()).collect();
                    format!("there is no revision {text:?}; there are {}", known.join(", "))
                })
            })
            .transpose()?;
        let headers = header
            .iter()
            .map(|header| {
                let (name, value) = header
                    .split_once(':')
                    .ok_or_else(|| format!("--header {header:?} is not of the form \"name: value\""))?;
                Ok((name.trim().to_owned(), value.trim().to_owned()))
            })
            .collect::<Result<_, String>>()?;
        let timeout = timeout.map(Duration::from_secs);
        let place = |target| Place { target, revision, timeout, headers };
        match verb {
            Verb::Inspect { words, command } => {
                let mut words = words.into_iter();
                let target = target(&mut words, command)?;
                finish(words)?;
                Ok(Job::Inspect(place(target)))
            }
            Verb::Call { words, command } => {
                let mut words = words.into_iter();
                let target = target(&mut words, command)?;
                let tool = words.next().ok_or("the name of the tool is missing")?;
                let arguments = words.next().unwrap_or_else(|| "{}".to_owned());
                finish(words)?;
                if !arguments.trim_start().starts_with('{') {
                    return Err(format!("the arguments must be a JSON object, not {arguments:?}"));
                }
                let arguments =
                    RawValue::from_string(arguments).map_err(|error| format!("the arguments: {error}"))?;
                Ok(Job::Call { place: place(target), tool, arguments })
            }
        }
    }
}

fn target(words: &mut impl Iterator<Item = String>, command: Vec<String>) -> Result<Target, String> {
    let mut command = command.into_iter();
    if let Some(program) = command.next() {
        return Ok(Command::new(program).args(command).into());
    }
    words.next().map(Target::Url).ok_or_else(|| "name a server: a URL, or a command after --".to_owned())
}

fn finish(mut words: impl Iterator<Item = String>) -> Result<(), String> {
    match words.next() {
        None => Ok(()),
        Some(word) => Err(format!("{word:?} is one word too many; a command goes after --")),
    }
}
