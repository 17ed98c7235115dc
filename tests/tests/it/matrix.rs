//! The cells of the Rust client and the Rust server, and its rules; the other surfaces are run by the
//! program `interop` when they are built.
use dovetail_tests::interop;
use dovetail_tests::surface::Surface;

use crate::programs::{self, LIMIT};

#[test]
fn rust_speaks_with_rust() {
    programs::run_within(LIMIT * 5, async {
        let mut faults = Vec::new();
        let (passed, failed) = interop::run_all(interop::cases(&[Surface::Rust], false), |outcome| {
            faults.extend(outcome.faults.iter().map(|fault| format!("{}: {fault}", outcome.case)));
        })
        .await;
        assert_eq!((passed, failed), (16, 0), "{faults:#?}");
    });
}
