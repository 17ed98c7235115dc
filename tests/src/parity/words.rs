//! Host packages and binding crates know no word of the protocol: no method, no wire code, no header, no revision.
use super::native::sources;

/// Where they are looked for: folder and ending of the files.
const PLACES: [(&str, &str); 11] = [
    ("bindings/c/src", "rs"),
    ("bindings/python/src", "rs"),
    ("bindings/node/src", "rs"),
    ("bindings/uniffi/src", "rs"),
    ("python/src", "py"),
    ("python/src", "pyi"),
    ("node/src", "ts"),
    ("node/src", "mts"),
    ("swift/Sources", "swift"),
    ("kotlin/src/main", "kt"),
    ("include", "hpp"),
];

/// First parts of the protocol's methods.
const METHODS: [&str; 11] = [
    "tools",
    "resources",
    "prompts",
    "tasks",
    "elicitation",
    "sampling",
    "completion",
    "notifications",
    "subscriptions",
    "logging",
    "roots",
];

const HEADERS: [&str; 4] = ["mcp-method", "mcp-name", "mcp-session", "mcp-protocol"];

pub(super) fn faults() -> Vec<String> {
    let mut faults = Vec::new();
    for (folder, ending) in PLACES {
        match sources(folder, ending) {
            Err(error) => faults.push(error),
            Ok(files) => {
                for (file, text) in
                    files.iter().filter(|(file, _)| !file.to_lowercase().contains("generated"))
                {
                    faults.extend(text.lines().enumerate().filter_map(|(at, line)| {
                        word(line).map(|word| format!("{file}:{}: {word} belongs below the surfaces", at + 1))
                    }));
                }
            }
        }
    }
    faults
}

/// The first word of the protocol in a line.
fn word(line: &str) -> Option<String> {
    let lower = line.to_lowercase();
    let method = METHODS.iter().find(|name| line.contains(&format!("\"{name}/")));
    let header = HEADERS.iter().find(|name| lower.contains(**name));
    let named = method.or(header).map(|word| (*word).to_owned());
    named.or_else(|| number(line))
}

/// A revision's date or a wire code.
fn number(line: &str) -> Option<String> {
    let bytes = line.as_bytes();
    (0..bytes.len()).find_map(|at| {
        let rest = &bytes[at..];
        let date = rest.len() >= 10
            && [b"2024-", b"2025-", b"2026-"].iter().any(|year| rest.starts_with(*year))
            && rest[5..7].iter().all(u8::is_ascii_digit)
            && rest[7] == b'-'
            && rest[8..10].iter().all(u8::is_ascii_digit);
        let code = rest.len() >= 6 && rest.starts_with(b"-32") && rest[3..6].iter().all(u8::is_ascii_digit);
        (date || code).then(|| String::from_utf8_lossy(&rest[..if date { 10 } else { 6 }]).into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_protocol_are_found_and_others_are_not() {
        for bad in [
            "call(\"tools/list\")",
            "Mcp-Session-Id: x",
            "x = '2026-07-28'",
            "if code == -32602:",
            "MCP-Protocol-Version",
        ] {
            assert!(word(bad).is_some(), "{bad}");
        }
        for good in ["tools/list of the package", "2026-7-28", "-3260", "\"tool/s\"", "the mcp method"] {
            assert!(word(good).is_none(), "{good}: {:?}", word(good));
        }
    }
}
