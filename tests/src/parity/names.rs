//! Sets of names, compared without the differences that languages have in spelling.
use std::collections::{BTreeMap, BTreeSet};

use crate::contract::{Contract, Names};

/// Names as a surface has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Exported types and free functions.
    pub types: BTreeSet<String>,
    /// Public members of `Server`.
    pub server: BTreeSet<String>,
    /// Public members of `Client`.
    pub client: BTreeSet<String>,
    /// Public members of `Context`.
    pub context: BTreeSet<String>,
}

/// A name without case, underscores and quoting.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What is missing and what is beyond.
pub(super) fn compare<'a>(
    what: &str,
    wanted: impl IntoIterator<Item = &'a str>,
    allowed: impl IntoIterator<Item = &'a str>,
    excused: impl IntoIterator<Item = &'a str>,
    found: &BTreeSet<String>,
) -> Vec<String> {
    let wanted: BTreeMap<String, &str> = wanted.into_iter().map(|name| (plain(name), name)).collect();
    let allowed: BTreeSet<String> = allowed.into_iter().map(plain).collect();
    let excused: BTreeSet<String> = excused.into_iter().map(plain).collect();
    let has: BTreeMap<String, &String> = found.iter().map(|name| (plain(name), name)).collect();
    let mut faults = Vec::new();
    for (plain, name) in &wanted {
        match (has.contains_key(plain), excused.contains(plain)) {
            (false, false) => faults.push(format!("{what}: {name} is missing")),
            (true, true) => faults.push(format!("{what}: {name} is listed as an exception, but is there")),
            _ => {}
        }
    }
    for (plain, name) in &has {
        if !wanted.contains_key(plain) && !allowed.contains(plain) {
            faults.push(format!("{what}: {name} is beyond the contract"));
        }
    }
    for plain in &allowed {
        if !has.contains_key(plain) {
            faults.push(format!("{what}: {plain} is listed as an extra, but is not there"));
        }
    }
    faults
}

/// Compares the public names of a language.
pub(super) fn compare_public(language: &str, contract: &Contract, found: &Found) -> Vec<String> {
    let none = Names::default();
    let extra = contract.public.extra.get(language).unwrap_or(&none);
    let wanted = &contract.public.names;
    let excused: Vec<&str> =
        contract.public.except.get(language).into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let mut faults = Vec::new();
    for (part, wanted, extra, found) in [
        ("types", &wanted.types, &extra.types, &found.types),
        ("server", &wanted.server, &extra.server, &found.server),
        ("client", &wanted.client, &extra.client, &found.client),
        ("context", &wanted.context, &extra.context, &found.context),
    ] {
        // An exception counts for the part whose name it is written with: `context.info`.
        let excused = excused.iter().filter_map(|name| name.strip_prefix(part)?.strip_prefix('.'));
        let what = format!("{language} {part}");
        let names = |list: &'_ [String]| -> Vec<String> { list.to_vec() };
        let (wanted, extra) = (names(wanted), names(extra));
        faults.extend(compare(
            &what,
            wanted.iter().map(String::as_str),
            extra.iter().map(String::as_str),
            excused,
            found,
        ));
    }
    faults
}

/// Compares the functions of a native layer.
pub(super) fn compare_native(
    language: &str,
    contract: &Contract,
    excused: &[&str],
    found: &BTreeSet<String>,
) -> Vec<String> {
    let extra = contract.public.extra.get(language).map(|names| names.native.as_slice()).unwrap_or_default();
    compare(
        &format!("{language} native functions"),
        contract.functions.all(),
        extra.iter().map(String::as_str),
        excused.iter().copied(),
        found,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_extra_and_wrongly_listed_names_are_found() {
        let found = ["callRaw", "close", "more"].into_iter().map(str::to_owned).collect();
        let ok = compare("x", ["call_raw", "close"], ["more"], [], &found);
        assert_eq!(ok, Vec::<String>::new());
        assert_eq!(compare("x", ["call_raw", "close", "gone"], ["more"], [], &found).len(), 1);
        assert_eq!(compare("x", ["call_raw", "close", "gone"], ["more"], ["gone"], &found).len(), 0);
        assert_eq!(compare("x", ["call_raw", "close"], [], [], &found).len(), 1);
        assert_eq!(compare("x", ["call_raw", "close"], ["more", "unused"], [], &found).len(), 1);
        assert_eq!(compare("x", ["call_raw", "close"], ["more"], ["close"], &found).len(), 1);
    }
}
