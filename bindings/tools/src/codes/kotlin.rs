//! `kotlin/…/generated/Codes.kt`.
use super::upper;
use crate::MARK;
use crate::contract::{Contract, Numbered};

/// The file.
pub fn kotlin(contract: &Contract) -> String {
    let constants = |numbers: &Numbered, visibility: &str| -> String {
        numbers
            .iter()
            .map(|(name, n)| format!("    {visibility}const val {}: Int = {n}\n", upper(name)))
            .collect()
    };
    let names: String =
        contract.codes.iter().map(|(name, _)| format!("        {} to \"{name}\",\n", upper(name))).collect();
    format!(
        "// {MARK}

package dev.dovetail.generated

/** The version of the boundary contract that this package speaks. */
internal const val CONTRACT_VERSION: Int = {version}

/** Numbers of the error codes; numbers are never reused. */
public object Codes {{
{codes}
    /** The name of a number, such as `tool_error`; null for a number that this package does not know. */
    public fun nameOf(number: Int): String? = NAMES[number]

    private val NAMES: Map<Int, String> = mapOf(
{names}    )
}}

/** Numbers of the events. */
internal object Kinds {{
{kinds}}}

/** Numbers of the shapes of a reply. */
internal object Shapes {{
{shapes}}}

/** The default of every limit, in the unit of docs/limits.md (times in milliseconds). */
internal object DefaultLimits {{
{limits}}}
",
        version = contract.version,
        codes = constants(&contract.codes, "public "),
        kinds = constants(&contract.events, ""),
        shapes = constants(&contract.shapes, ""),
        limits = contract
            .limits
            .iter()
            .map(|limit| format!("    const val {}: Long = {}\n", upper(&limit.name), limit.default))
            .collect::<String>(),
    )
}
