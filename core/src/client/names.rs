//! The names of a group: every tool and every prompt of its members has exactly one.
//!
//! Owns how collisions are resolved, and the memory of it. Must never give one name to two things.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// Which member, and which name there, a name of the group stands for.
#[derive(Default)]
pub(crate) struct Names(Mutex<HashMap<String, (usize, String)>>);

impl Names {
    /// Gives names to what the members list, in their order, and remembers them. `items`: the place and name of the
    /// member, and the name there.
    pub(crate) fn learn(&self, items: &[(usize, &str, &str)]) -> Vec<String> {
        let pairs: Vec<(&str, &str)> = items.iter().map(|(_, member, own)| (*member, *own)).collect();
        let names = resolve(&pairs);
        let own = items.iter().map(|(at, _, own)| (*at, (*own).to_owned()));
        self.remember(names.iter().cloned().zip(own));
        names
    }

    /// Remembers what names stand for, and nothing else.
    pub(crate) fn remember(&self, names: impl Iterator<Item = (String, (usize, String))>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = names.collect();
    }

    /// What a name stands for, if it is known.
    pub(crate) fn find(&self, name: &str) -> Option<(usize, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// A name for each pair of server and tool.
fn resolve(tools: &[(&str, &str)]) -> Vec<String> {
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, tool) in tools {
        *owners.entry(tool).or_default() += 1;
    }
    let alone = |tool: &str| owners.get(tool) == Some(&1);
    // Names that stay go first, so that no made-up name takes them away.
    let mut taken: HashSet<String> =
        tools.iter().filter(|(_, tool)| alone(tool)).map(|(_, tool)| (*tool).to_owned()).collect();
    let name = |(server, tool): &(&str, &str)| {
        if alone(tool) {
            return (*tool).to_owned();
        }
        let base = format!("{server}_{tool}");
        let mut name = base.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        name
    };
    tools.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_one_name() {
        let tools = [
            ("a", "x"),
            ("b", "x"),
            ("b", "y"),
            ("a", "b_x"),
            ("a_b", "z"),
            ("a", "b_z"),
            ("c", "z"),
            ("d", "b_z"),
        ];
        let names = resolve(&tools);
        assert_eq!(names, ["a_x", "b_x_2", "y", "b_x", "a_b_z", "a_b_z_2", "c_z", "d_b_z"]);
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), tools.len());
    }
}
