//! Compares every surface with `conformance/contract.toml`: nothing missing, nothing beyond.
