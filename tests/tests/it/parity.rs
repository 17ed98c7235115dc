//! Parity, as far as sources show it; the program `parity` asks the built packages.
use dovetail_tests::{contract, parity};

#[test]
fn no_surface_lacks_a_name_or_has_one_beyond_the_contract() {
    let contract = contract::read().expect("the contract");
    let faults = parity::source_faults(&contract);
    assert!(faults.is_empty(), "{faults:#?}");
}
