//! Codes, events, shapes and limits: every table that a language has, generated or not, equals the contract.
use std::collections::BTreeMap;

use dovetail_bridge::{CONTRACT_VERSION, Code, Kind, Shape};
use dovetail_protocol::limits;

use super::names::plain;
use crate::contract::Contract;
use crate::paths;

type Table = BTreeMap<String, i64>;

/// Where a table stands in a file: between a line that starts it and the first line that ends it, or everywhere.
struct Place {
    file: &'static str,
    start: &'static str,
    end: &'static str,
    /// What stands before a name, and between the name and its number.
    entry: (&'static str, &'static str),
}

const fn place(
    file: &'static str,
    start: &'static str,
    end: &'static str,
    entry: (&'static str, &'static str),
) -> Place {
    Place { file, start, end, entry }
}

const PYTHON: &str = "python/src/dovetail/_codes.py";
const NODE: &str = "node/src/generated/codes.ts";
const SWIFT: &str = "swift/Sources/Dovetail/Generated/Codes.swift";
const KOTLIN: &str = "kotlin/src/main/kotlin/dev/dovetail/generated/Codes.kt";
const HEADER: &str = "include/dovetail.h";

/// Every file, with its codes, events, shapes and limits.
const PLACES: [[Place; 4]; 5] = [
    [
        place(PYTHON, "class Code(", "class ", ("    ", " = ")),
        place(PYTHON, "class Kind(", "class ", ("    ", " = ")),
        place(PYTHON, "class Shape(", "class ", ("    ", " = ")),
        place(PYTHON, "class DefaultLimits:", "class ", ("    ", ": Final = ")),
    ],
    [
        place(NODE, "export const Code ", "}", ("  ", ": ")),
        place(NODE, "export const Kind ", "}", ("  ", ": ")),
        place(NODE, "export const Shape ", "}", ("  ", ": ")),
        place(NODE, "export const DefaultLimits ", "}", ("  ", ": ")),
    ],
    [
        place(SWIFT, "extension ErrorCode", "}", ("    public static let ", " = ErrorCode(rawValue: ")),
        place(SWIFT, "@_spi(Boundary) public enum EventKind", "}", ("    case ", " = ")),
        place(SWIFT, "@_spi(Boundary) public enum ReplyShape", "}", ("    case ", " = ")),
        place(SWIFT, "    static let standards", "    ]", ("        .", ": ")),
    ],
    [
        place(KOTLIN, "public object Codes", "}", ("    public const val ", ": Int = ")),
        place(KOTLIN, "internal object Kinds", "}", ("    const val ", ": Int = ")),
        place(KOTLIN, "internal object Shapes", "}", ("    const val ", ": Int = ")),
        place(KOTLIN, "internal object DefaultLimits", "}", ("    const val ", ": Long = ")),
    ],
    [
        place(HEADER, "", "never", ("#define DOVETAIL_ERROR_", " ")),
        place(HEADER, "", "never", ("#define DOVETAIL_EVENT_", " ")),
        place(HEADER, "", "never", ("#define DOVETAIL_SHAPE_", " ")),
        place(HEADER, "", "never", ("#define DOVETAIL_LIMIT_", " ")),
    ],
];

/// The lines in which each language names the version of the contract.
const VERSIONS: [(&str, &str); 5] = [
    (PYTHON, "CONTRACT_VERSION: Final = "),
    (NODE, "export const CONTRACT_VERSION = "),
    (SWIFT, "let contractVersion: UInt32 = "),
    (KOTLIN, "internal const val CONTRACT_VERSION: Int = "),
    (HEADER, "#define DOVETAIL_CONTRACT_VERSION "),
];

pub(super) fn faults(contract: &Contract) -> Vec<String> {
    let limits: Table = limits::TABLE
        .iter()
        .map(|row| (row.name.to_owned(), i64::try_from(row.default).expect("defaults are small")))
        .collect();
    let wanted = [&contract.codes, &contract.events, &contract.shapes, &limits];
    let mut faults = Vec::new();
    let bridge: [Table; 3] = [
        Code::ALL.iter().map(|code| (code.name().to_owned(), *code as i64)).collect(),
        Kind::ALL.iter().map(|kind| (kind.name().to_owned(), *kind as i64)).collect(),
        Shape::ALL.map(|(shape, name)| (name.to_owned(), shape as i64)).into(),
    ];
    for ((wanted, found), what) in wanted.iter().zip(&bridge).zip(["codes", "events", "shapes"]) {
        if *wanted != found {
            faults.push(format!("bridge {what}: {}", difference(wanted, found)));
        }
    }
    if CONTRACT_VERSION != contract.version {
        faults.push(format!("bridge: contract version {CONTRACT_VERSION}, not {}", contract.version));
    }
    for places in &PLACES {
        for ((place, wanted), what) in places.iter().zip(wanted).zip(["codes", "events", "shapes", "limits"])
        {
            match read(place) {
                Err(error) => faults.push(error),
                Ok(found) => {
                    let wanted: Table = wanted.iter().map(|(name, number)| (plain(name), *number)).collect();
                    if wanted != found {
                        faults.push(format!("{} {what}: {}", place.file, difference(&wanted, &found)));
                    }
                }
            }
        }
    }
    for (file, start) in VERSIONS {
        let text = std::fs::read_to_string(paths::root().join(file)).unwrap_or_default();
        let line = format!("{start}{}", contract.version);
        if !text.lines().any(|own| own.trim_end_matches(';') == line) {
            faults.push(format!("{file} does not name contract version {}", contract.version));
        }
    }
    faults
}

fn read(place: &Place) -> Result<Table, String> {
    let path = paths::root().join(place.file);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", place.file))?;
    let (before, between) = place.entry;
    let mut lines = text.lines().skip_while(|line| !line.starts_with(place.start));
    let mut table = Table::new();
    let first = lines.next().ok_or_else(|| format!("{} has no {:?}", place.file, place.start))?;
    for line in std::iter::once(first).filter(|_| place.start.is_empty()).chain(lines) {
        if line.starts_with(place.end) {
            break;
        }
        let Some((name, rest)) = line.strip_prefix(before).and_then(|rest| rest.split_once(between)) else {
            continue;
        };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if let Ok(number) = digits.parse() {
            table.insert(plain(name), number);
        }
    }
    Ok(table)
}

fn difference(wanted: &Table, found: &Table) -> String {
    let only = |one: &Table, other: &Table| -> Vec<String> {
        let lone = one.iter().filter(|(name, number)| other.get(*name) != Some(number));
        lone.map(|(name, number)| format!("{name} = {number}")).collect()
    };
    format!("missing {:?}, beyond {:?}", only(wanted, found), only(found, wanted))
}
