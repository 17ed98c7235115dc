//! `swift/…/Generated/Codes.swift`.
use super::camel;
use crate::MARK;
use crate::contract::{Contract, Numbered};

/// Names of the contract that are words of the language.
const RESERVED: &[&str] = &["internal"];

/// A name where one is declared.
fn declared(name: &str) -> String {
    if RESERVED.contains(&name) { format!("`{name}`") } else { camel(name) }
}

/// The file.
pub fn swift(contract: &Contract) -> String {
    let cases = |numbers: &Numbered| -> String {
        numbers.iter().map(|(name, n)| format!("    case {} = {n}\n", declared(name))).collect()
    };
    let event_names: String = contract
        .events
        .iter()
        .map(|(name, _)| format!("        case .{}: \"{name}\"\n", camel(name)))
        .collect();
    let codes: String = contract
        .codes
        .iter()
        .map(|(name, n)| format!("    public static let {} = ErrorCode(rawValue: {n})\n", declared(name)))
        .collect();
    let code_names: String =
        contract.codes.iter().map(|(name, _)| format!("        .{}: \"{name}\",\n", camel(name))).collect();
    format!(
        "// {MARK}

/// The version of the boundary that this package speaks.
let contractVersion: UInt32 = {version}

/// What an event of the native layer says.
@_spi(Boundary) public enum EventKind: UInt32, Sendable, CaseIterable {{
{kinds}
    /// The name in the contract.
    public var name: String {{
        switch self {{
{event_names}        }}
    }}
}}

/// How the bytes of a reply are meant.
@_spi(Boundary) public enum ReplyShape: UInt32, Sendable, CaseIterable {{
{shapes}}}

/// A limit by its name in a configuration: bytes, counts and milliseconds, as docs/limits.md says.
public struct Limit: RawRepresentable, Hashable, Sendable {{
    /// The name.
    public let rawValue: String

    /// The limit of this name.
    public init(rawValue: String) {{
        self.rawValue = rawValue
    }}

{limits}
    /// The default of every limit.
    static let standards: [Limit: Int] = [
{standards}    ]
}}

extension ErrorCode {{
{codes}
    /// The name of every code.
    static let names: [ErrorCode: String] = [
{code_names}    ]
}}
",
        version = contract.version,
        kinds = cases(&contract.events),
        shapes = cases(&contract.shapes),
        limits = contract
            .limits
            .iter()
            .map(|limit| {
                let name = camel(&limit.name);
                let note = &limit.meaning;
                format!("    /// {note}\n    public static let {name} = Limit(rawValue: \"{name}\")\n")
            })
            .collect::<String>(),
        standards = contract
            .limits
            .iter()
            .map(|limit| format!("        .{}: {},\n", camel(&limit.name), limit.default))
            .collect::<String>(),
    )
}
