//! Parity, as far as sources can show it.
