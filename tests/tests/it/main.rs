//! Tests over whole programs: the wire of the Rust surface, bad input, the bridge scripts, parity of the surfaces
//! and of the documentation.

mod admission;
mod hostile;
mod limits;
mod matrix;
mod parity;
mod programs;
mod scripts;
mod wire;
