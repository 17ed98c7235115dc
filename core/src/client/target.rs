//! What a client connects to.
//!
//! Owns the rule that a string is only ever an http(s) URL: starting a process takes a [`Command`]. Must never hand
//! anything to a shell.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::Server;

/// Where the server is.
#[derive(Clone, Debug)]
pub enum Target {
    /// An MCP endpoint, `http://` or `https://`. Anything else is refused when connecting.
    Url(String),
    /// A program to start, spoken to over its standard input and output.
    Command(Command),
    /// A server in this process.
    Server(Server),
}

impl From<&str> for Target {
    fn from(url: &str) -> Self {
        Self::Url(url.to_owned())
    }
}

impl From<String> for Target {
    fn from(url: String) -> Self {
        Self::Url(url)
    }
}

impl From<Command> for Target {
    fn from(command: Command) -> Self {
        Self::Command(command)
    }
}

impl From<Server> for Target {
    fn from(server: Server) -> Self {
        Self::Server(server)
    }
}

impl From<&Server> for Target {
    fn from(server: &Server) -> Self {
        Self::Server(server.clone())
    }
}

/// A server program: an executable and a list of arguments that no shell ever sees and nobody splits.
///
/// The process gets a short list of inherited environment variables (search path, home, user, locale, terminal,
/// temporary directory) and those given here; nothing else of this program's environment.
///
/// ```
/// use dovetail::Command;
/// let command = Command::new("npx").arg("-y").arg("@modelcontextprotocol/server-everything");
/// ```
#[derive(Clone)]
pub struct Command {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) cwd: Option<PathBuf>,
}

impl Command {
    /// A program by path, or by name to be found on the search path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self { program: PathBuf::from(program.as_ref()), args: Vec::new(), env: Vec::new(), cwd: None }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<String>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets one environment variable of the process.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Sets the working directory of the process; by default it is ours.
    #[must_use]
    pub fn current_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.cwd = Some(dir.as_ref().to_owned());
        self
    }
}

impl fmt::Debug for Command {
    /// Shows the names of environment variables, not their values: they often are credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.env.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Command")
            .field("program", &self.program)
            .field("args", &self.args)
            .field("env", &names)
            .field("cwd", &self.cwd)
            .finish()
    }
}
