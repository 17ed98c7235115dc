//! Compares every surface with `conformance/contract.toml`: nothing missing, nothing beyond.
//!
//! What sources show is read from sources, and checked by every `cargo test`. What only a built package shows is asked
//! of the package itself, by the program `parity` after the build of a surface.

mod built;
mod names;
mod native;
mod public;
mod tables;
mod words;

use crate::contract::Contract;
use crate::surface::Surface;

pub use names::Found;

/// What sources show.
pub fn source_faults(contract: &Contract) -> Vec<String> {
    let mut faults = tables::faults(contract);
    faults.extend(native::faults(contract));
    faults.extend(public::faults(contract));
    faults.extend(words::faults());
    faults
}

/// What the built package of a surface shows; surfaces whose sources show everything have nothing more to say.
pub async fn built_faults(surface: Surface, contract: &Contract) -> Vec<String> {
    match surface {
        Surface::Python => built::python(contract).await,
        Surface::Node => built::node(contract).await,
        Surface::Rust | Surface::Swift | Surface::Kotlin | Surface::Cpp => Vec::new(),
    }
}
