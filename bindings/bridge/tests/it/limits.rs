//! Limits in configurations.
use dovetail_bridge::Code;
use serde_json::json;

use crate::pump::{Pump, offering};

#[test]
fn every_limit_of_a_server_has_a_name_in_its_configuration() {
    let all = json!({
        "body": 1 << 20, "line": 1 << 20, "depth": 32, "headers": 4096, "inFlight": 8, "rounds": 4, "state": 8192,
        "queue": 64, "sessions": 10, "name": 128, "stateTtl": 60_000, "drain": 100, "sessionIdle": 60_000, "batch": 10,
        "subscriptions": 16, "events": 16, "eventBytes": 65_536, "hook": 1_000,
    });
    Pump::server(&offering(&json!({"limits": all}))).expect("all of them");
    let client = json!({"callTimeout": 1_000, "probeTimeout": 1_000, "pages": 3, "cache": 0, "callTotal": 2_000,
        "retries": 0, "reconnects": 0, "notifications": 4, "hook": 500});
    let server = Pump::server(&offering(&json!({}))).expect("a server");
    Pump::client(&server, &json!({"limits": client}));
}

#[test]
fn a_limit_that_cannot_be_is_refused_with_those_that_can() {
    for (limits, says) in [
        (json!({"pages": 1}), "has no limit \"pages\"; it has body, line"),
        (json!({"in_flight": 1}), "inFlight"),
        (json!({"body": 0}), "cannot be 0"),
        (json!({"rounds": u64::MAX}), "cannot be"),
        (json!({"body": -1}), "limits"),
    ] {
        let error = Pump::server(&offering(&json!({"limits": limits}))).err().expect("not usable");
        assert_eq!(error.code, Code::InvalidArgument, "{limits}");
        assert!(error.detail.contains(says) || says == "limits", "{limits}: {}", error.detail);
    }
}
