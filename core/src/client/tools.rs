//! What the client remembers of the tools it was told about.
//!
//! Owns the rules by which arguments become headers, and which tools are safe to call twice. Must never grow without
//! bound: a server may list what it likes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dovetail_protocol::param_headers::ParamHeaders;

use super::log::{Log, LogLevel};
use super::result::ToolInfo;

/// Tools that are remembered.
const KEPT: usize = 10_000;

#[derive(Default)]
pub(crate) struct Tools(Mutex<HashMap<String, Known>>);

struct Known {
    headers: Option<Arc<ParamHeaders>>,
    safe: bool,
}

impl Tools {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn headers(&self, name: &str) -> Option<Arc<ParamHeaders>> {
        self.lock().get(name).and_then(|known| known.headers.clone())
    }

    pub(crate) fn is_safe(&self, name: &str) -> bool {
        self.lock().get(name).is_some_and(|known| known.safe)
    }

    /// Remembers one page. With `mirrors`, tools whose header rules are wrong are taken out of it and reported.
    pub(crate) fn learn(&self, tools: &mut Vec<ToolInfo>, mirrors: bool, log: &Log) {
        let mut all = self.lock();
        tools.retain(|tool| {
            let rules = match ParamHeaders::collect(&tool.input_schema) {
                Ok(rules) => Some(rules),
                Err(_) if !mirrors => None,
                Err(error) => {
                    let name: String = tool.name.chars().take(128).collect();
                    let text = format!("left out the tool {name:?}: {}", error.detail);
                    log.line(LogLevel::Warning, &text);
                    all.remove(&tool.name);
                    return false;
                }
            };
            let headers = rules.filter(|rules| mirrors && !rules.is_empty()).map(Arc::new);
            let safe = tool.annotations.as_ref().is_some_and(|hints| {
                hints.read_only_hint == Some(true) || hints.idempotent_hint == Some(true)
            });
            if headers.is_none() && !safe {
                all.remove(&tool.name);
            } else if all.len() < KEPT || all.contains_key(&tool.name) {
                all.insert(tool.name.clone(), Known { headers, safe });
            }
            true
        });
    }
}
