//! Filters, acknowledgements and changes, as the specification's examples show them.

use dovetail_protocol::subscribe::{
    Change, Filter, acknowledged_params, closed_body, listen_params, parse_acknowledged, subscription_id,
};
use dovetail_protocol::types::{Offer, ServerCapabilities};
use dovetail_protocol::{ErrorKind, Id, Limits, RawValue};

fn raw(json: impl AsRef<[u8]>) -> Box<RawValue> {
    serde_json::from_slice(json.as_ref()).unwrap()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

const EXAMPLE: &str =
    r#"{"notifications":{"toolsListChanged":true,"resourceSubscriptions":["file:///project/config.json"]}}"#;

#[test]
fn the_examples_of_the_specification_hold() {
    let filter = Filter::parse_params(Some(&raw(EXAMPLE)), &Limits::default()).unwrap();
    assert_eq!(text(listen_params(&filter)), EXAMPLE);
    let id = Id::Number(1);
    let acknowledged = acknowledged_params(&id, &filter);
    assert_eq!(
        text(acknowledged.clone()),
        r#"{"_meta":{"io.modelcontextprotocol/subscriptionId":1},"notifications":{"toolsListChanged":true,"resourceSubscriptions":["file:///project/config.json"]}}"#
    );
    assert_eq!(parse_acknowledged(Some(&raw(acknowledged))).unwrap(), (id.clone(), filter));
    let change = Change::ResourceUpdated { uri: "file:///project/config.json".into() };
    let params = change.params(Some(&id));
    assert_eq!(
        text(params.clone()),
        r#"{"_meta":{"io.modelcontextprotocol/subscriptionId":1},"uri":"file:///project/config.json"}"#
    );
    assert_eq!(subscription_id(Some(&raw(params))), Some(id.clone()));
    assert_eq!(text(closed_body(&id)), r#"{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}"#);
}

#[test]
fn a_change_comes_back_as_itself() {
    for change in [
        Change::ToolsListChanged,
        Change::PromptsListChanged,
        Change::ResourcesListChanged,
        Change::ResourceUpdated { uri: "x:\"é".into() },
    ] {
        for subscription in [None, Some(Id::Text("s".into()))] {
            let params = change.params(subscription.as_ref());
            let params = (!params.is_empty()).then(|| raw(params));
            assert_eq!(Change::parse(change.method(), params.as_deref()), Some(change.clone()));
            assert_eq!(subscription_id(params.as_deref()), subscription);
        }
    }
    assert_eq!(Change::parse("notifications/resources/updated", None), None);
    assert_eq!(Change::parse("notifications/progress", None), None);
}

#[test]
fn only_what_was_asked_for_and_can_be_told_is_told() {
    let wanted = Filter {
        tools_list_changed: true,
        prompts_list_changed: true,
        resources_list_changed: false,
        resource_subscriptions: vec!["x:a".into()],
    };
    let tells = Some(Offer { list_changed: true, subscribe: false });
    let server = ServerCapabilities { tools: tells, resources: tells, ..ServerCapabilities::default() };
    let granted = wanted.granted(&server);
    assert_eq!(text(granted.to_json()), r#"{"toolsListChanged":true}"#);
    assert!(granted.wants(&Change::ToolsListChanged));
    assert!(!granted.wants(&Change::PromptsListChanged) && !granted.wants(&Change::ResourcesListChanged));
    let updated = |uri: &str| Change::ResourceUpdated { uri: uri.into() };
    assert!(
        wanted.wants(&updated("x:a")) && !wanted.wants(&updated("x:A")) && !granted.wants(&updated("x:a"))
    );
    assert!(Filter::default().is_empty() && !wanted.is_empty());
}

#[test]
fn filters_are_strict_and_bounded() {
    let limits = Limits { subscriptions: 1, ..Limits::default() };
    let parse = |json: &str| Filter::parse_params(Some(&raw(json)), &limits).map_err(|error| error.kind);
    assert!(parse(r#"{"notifications":{}}"#).unwrap().is_empty());
    assert!(parse(r#"{"notifications":{"later":1}}"#).unwrap().is_empty());
    for bad in ["{}", r#"{"notifications":[]}"#, r#"{"notifications":{"toolsListChanged":1}}"#] {
        assert_eq!(parse(bad).unwrap_err(), ErrorKind::InvalidParams, "{bad}");
    }
    let many = r#"{"notifications":{"resourceSubscriptions":["a","b"]}}"#;
    assert_eq!(parse(many).unwrap_err(), ErrorKind::LimitExceeded);
}
