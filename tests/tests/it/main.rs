//! Tests over whole programs: the wire of the Rust surface, bad input, the bridge scripts, parity of the surfaces.

mod admission;
mod hostile;
mod matrix;
mod parity;
mod programs;
mod scripts;
