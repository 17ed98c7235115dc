//! `node/src/generated/codes.ts`.
use super::camel;
use crate::MARK;
use crate::contract::{Contract, Numbered};

/// The file.
pub fn typescript(contract: &Contract) -> String {
    let members = |numbers: &Numbered| -> String {
        numbers.iter().map(|(name, n)| format!("  {name}: {n},\n")).collect()
    };
    format!(
        "// {MARK}

/** The version of the boundary that this package speaks. */
export const CONTRACT_VERSION = {version};

/** Numbers of the error codes, by name; never reused. */
export const Code = {{
{codes}}} as const;

/** The name of an error code. */
export type CodeName = keyof typeof Code;

/** What an event of the native layer says. */
export const Kind = {{
{kinds}}} as const;

/** How the bytes of a reply are meant. */
export const Shape = {{
{shapes}}} as const;

/** The default of every limit, in the unit of docs/limits.md (times in milliseconds). */
export const DefaultLimits = {{
{limits}}} as const;

/** The name of a limit. */
export type LimitName = keyof typeof DefaultLimits;
",
        version = contract.version,
        codes = members(&contract.codes),
        kinds = members(&contract.events),
        shapes = members(&contract.shapes),
        limits = contract
            .limits
            .iter()
            .map(|limit| format!(
                "  /** {} */\n  {}: {},\n",
                limit.meaning,
                camel(&limit.name),
                limit.default
            ))
            .collect::<String>(),
    )
}
