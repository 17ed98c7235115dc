//! Every client against every server: which cells there are, how they are run, and what is printed.
//!
//! A cell that cannot be run is a failure under its own name; none may be missing.

mod admission;
mod cell;
mod disconnect;
mod elicitation;
mod peers;
mod run;

use std::fmt;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use serde::Deserialize;

use crate::raw_http::{LEGACY, MODERN};
use crate::surface::Surface;

pub use self::peers::{Peer, Role};

/// Cases that run at the same time.
const PARALLEL: usize = 2;

/// How long one case may take.
const CASE_LIMIT: Duration = Duration::from_secs(60);

/// How a client reaches a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// The client starts the server and speaks over its standard streams.
    Stdio,
    /// Streamable HTTP on loopback.
    Http,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
        })
    }
}

/// One thing that must hold between programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Everything that one client and one server do together.
    Cell {
        /// Whose client.
        client: Surface,
        /// Whose server.
        server: Surface,
        /// How they are connected.
        transport: Transport,
        /// What they speak.
        revision: &'static str,
    },
    /// A rule of elicitation, of a server with the Rust client.
    Elicitation {
        /// Whose server.
        server: Surface,
        /// Which rule.
        rule: Rule,
        /// How they are connected.
        transport: Transport,
        /// What they speak.
        revision: &'static str,
    },
    /// What a dropped connection does to a running call.
    Disconnect {
        /// Whose server.
        server: Surface,
        /// What it speaks.
        revision: &'static str,
    },
    /// Everything that a client and the Rust server do together, when the client has to find out what to speak.
    Auto {
        /// Whose client.
        client: Surface,
        /// How they are connected.
        transport: Transport,
        /// What they must agree on; with an older one the server knows nothing newer.
        revision: &'static str,
    },
    /// Everything that a program of another SDK and one of ours do together.
    Peer {
        /// Whose other program.
        peer: Peer,
        /// What the other program is.
        role: Role,
        /// Our side.
        surface: Surface,
        /// How they are connected.
        transport: Transport,
        /// What they speak.
        revision: &'static str,
    },
    /// A server with a session that takes every place.
    Admission {
        /// Whose server.
        server: Surface,
    },
}

/// A rule of elicitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A handler that swallows the end of its run is run again all the same.
    Stubborn,
    /// A question that is another one in the second run is asked again.
    Changing,
    /// A tool that declares its questions does not run for a client that cannot answer.
    Declared,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stubborn => "stubborn",
            Self::Changing => "changing",
            Self::Declared => "declared",
        })
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell { client, server, transport, revision } => {
                write!(f, "{client}→{server} {transport} {revision}")
            }
            Self::Elicitation { server, rule, transport, revision } => {
                write!(f, "{rule} {server} {transport} {revision}")
            }
            Self::Disconnect { server, revision } => write!(f, "disconnect {server} http {revision}"),
            Self::Auto { client, transport, revision } => write!(f, "auto {client} {transport} {revision}"),
            Self::Peer { peer, role: Role::Client, surface, transport, revision } => {
                write!(f, "{peer}→{surface} {transport} {revision}")
            }
            Self::Peer { peer, role: Role::Server, surface, transport, revision } => {
                write!(f, "{surface}→{peer} {transport} {revision}")
            }
            Self::Admission { server } => write!(f, "admission {server} http {LEGACY}"),
        }
    }
}

/// The cases of a run: the whole matrix, or with `smoke` each client with the server of its neighbour.
pub fn cases(surfaces: &[Surface], smoke: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    for (at, client) in surfaces.iter().enumerate() {
        // In a ring every server has its turn, too.
        let neighbour = (at + 1) % surfaces.len();
        for (other, server) in surfaces.iter().enumerate() {
            if smoke && other != neighbour {
                continue;
            }
            for transport in [Transport::Stdio, Transport::Http] {
                for revision in [LEGACY, MODERN] {
                    cases.push(Case::Cell { client: *client, server: *server, transport, revision });
                }
            }
        }
    }
    for &server in surfaces {
        for revision in [LEGACY, MODERN] {
            for (rule, transport) in [
                (Rule::Stubborn, Transport::Stdio),
                (Rule::Changing, Transport::Http),
                (Rule::Declared, Transport::Stdio),
            ] {
                cases.push(Case::Elicitation { server, rule, transport, revision });
            }
            cases.push(Case::Disconnect { server, revision });
        }
        cases.push(Case::Admission { server });
    }
    for &client in surfaces {
        for (transport, revision) in
            [(Transport::Stdio, MODERN), (Transport::Http, MODERN), (Transport::Stdio, LEGACY)]
        {
            cases.push(Case::Auto { client, transport, revision });
        }
    }
    cases
}

/// The cases with the SDKs of others: each of them with each surface, in both roles, on both transports and in both eras.
pub fn peer_cases(peers: &[Peer], surfaces: &[Surface]) -> Vec<Case> {
    let mut cases = Vec::new();
    for &peer in peers {
        for role in [Role::Server, Role::Client] {
            for &surface in surfaces {
                for transport in [Transport::Stdio, Transport::Http] {
                    for revision in [LEGACY, MODERN] {
                        cases.push(Case::Peer { peer, role, surface, transport, revision });
                    }
                }
            }
        }
    }
    cases
}

/// What became of a case.
#[derive(Debug)]
pub struct Outcome {
    /// Which one.
    pub case: Case,
    /// How long it took.
    pub took: Duration,
    /// What was wrong, one line each; empty when it passed.
    pub faults: Vec<String>,
}

impl Case {
    fn check(self) -> BoxFuture<'static, Result<Vec<String>, String>> {
        match self {
            Self::Cell { client, server, transport, revision } => {
                Box::pin(cell::check(client, server, transport, revision))
            }
            Self::Elicitation { server, rule, transport, revision } => {
                Box::pin(elicitation::check(server, rule, transport, revision))
            }
            Self::Disconnect { server, revision } => Box::pin(disconnect::check(server, revision)),
            Self::Auto { client, transport, revision } => {
                Box::pin(cell::check_auto(client, transport, revision))
            }
            Self::Peer { peer, role, surface, transport, revision } => {
                Box::pin(peers::check(peer, role, surface, transport, revision))
            }
            Self::Admission { server } => Box::pin(admission::check(server)),
        }
    }

    /// Runs the case within its limit.
    pub async fn run(self) -> Outcome {
        let began = Instant::now();
        let faults = match tokio::time::timeout(CASE_LIMIT, self.check()).await {
            Ok(Ok(faults)) => faults,
            Ok(Err(error)) => vec![error],
            Err(_) => vec![format!("not finished after {} s", CASE_LIMIT.as_secs())],
        };
        if faults.is_empty()
            && let Ok(log) = run::log_path(&self.to_string())
        {
            // A case without a client leaves no log.
            let _ = std::fs::remove_file(log);
        }
        Outcome { case: self, took: began.elapsed(), faults }
    }
}

/// Runs all cases, two at a time, and reports each as it ends.
pub async fn run_all(cases: Vec<Case>, mut report: impl FnMut(&Outcome)) -> (usize, usize) {
    let (mut passed, mut failed) = (0, 0);
    let mut outcomes = stream::iter(cases.into_iter().map(Case::run)).buffer_unordered(PARALLEL);
    while let Some(outcome) = outcomes.next().await {
        if outcome.faults.is_empty() {
            passed += 1
        } else {
            failed += 1
        }
        report(&outcome);
    }
    (passed, failed)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_matrix_has_every_cell_under_a_name_of_its_own() {
        let mut all = cases(&Surface::ALL, false);
        let cells = all.iter().filter(|case| matches!(case, Case::Cell { .. })).count();
        assert_eq!(cells, 144);
        let others = peer_cases(&Peer::ALL, &Surface::ALL);
        assert_eq!(others.len(), 144);
        all.extend(others);
        let names: HashSet<String> = all.iter().map(Case::to_string).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn the_smoke_run_has_every_client_and_every_server_in_every_era_and_transport() {
        let all = cases(&Surface::ALL, true);
        let cells: Vec<_> = all
            .iter()
            .filter_map(|case| match case {
                Case::Cell { client, server, transport, revision } => {
                    Some((client, server, transport.to_string(), *revision))
                }
                _ => None,
            })
            .collect();
        assert_eq!(cells.len(), 24);
        for surface in &Surface::ALL {
            for transport in ["stdio", "http"] {
                for revision in [LEGACY, MODERN] {
                    let same = |cell: &&(&Surface, &Surface, String, &str)| {
                        cell.2 == transport && cell.3 == revision
                    };
                    assert!(cells.iter().filter(same).any(|cell| cell.0 == surface));
                    assert!(cells.iter().filter(same).any(|cell| cell.1 == surface));
                }
            }
        }
    }
}
