//! The bridge scripts against the facade itself; the other surfaces are run by the program `scripts` when they are
//! built.
use dovetail_tests::surface::Surface;
use dovetail_tests::{contract, scripts};

use crate::programs::{self, LIMIT};

#[test]
fn the_bridge_keeps_its_scripts() {
    programs::run_within(LIMIT * 5, async {
        let contract = contract::read().expect("the contract");
        let verdicts = scripts::run_all(Surface::Rust, &contract, |_| {}).await.expect("scripts");
        let faults: Vec<_> = verdicts.iter().filter(|verdict| verdict.fault.is_some()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    });
}
