//! `python/src/dovetail/_codes.py`.
use super::upper;
use crate::MARK;
use crate::contract::{Contract, Numbered};

/// The file.
pub fn python(contract: &Contract) -> String {
    let members = |numbers: &Numbered| -> String {
        numbers.iter().map(|(name, n)| format!("    {} = {n}\n", upper(name))).collect()
    };
    format!(
        "\"\"\"{MARK}\"\"\"

from enum import IntEnum
from typing import Final

CONTRACT_VERSION: Final = {version}


class Code(IntEnum):
    \"\"\"Why an operation did not succeed.\"\"\"

{codes}

class Kind(IntEnum):
    \"\"\"What an event says.\"\"\"

{kinds}

class Shape(IntEnum):
    \"\"\"How the bytes of a reply are meant.\"\"\"

{shapes}

class DefaultLimits:
    \"\"\"The default of every limit, in the unit of docs/limits.md (times in milliseconds).\"\"\"

{limits}",
        version = contract.version,
        codes = members(&contract.codes),
        kinds = members(&contract.events),
        shapes = members(&contract.shapes),
        limits = contract
            .limits
            .iter()
            .map(|limit| format!("    {}: Final = {}\n", upper(&limit.name), limit.default))
            .collect::<String>(),
    )
}
