//! Bad input over HTTP. Wire codes are those of the specification and of the error table of the protocol crate.
use dovetail_tests::raw_http::{Answer, Endpoint, Headers, MODERN, modern_call, modern_meta, plain_headers};
use serde_json::{Value, json};

use crate::programs::{assert_alive, run, start};

const PARSE: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
const HEADER_MISMATCH: i64 = -32020;
const UNSUPPORTED_VERSION: i64 = -32022;
const LIMIT: i64 = -31002;
const FORBIDDEN: i64 = -31030;

/// A good call of `add`, to be broken.
fn good() -> (Value, Headers) {
    modern_call(1, "add", &json!({"a": 2, "b": 3}), &json!({}))
}

fn without(mut headers: Headers, name: &str) -> Headers {
    headers.retain(|(own, _)| own != name);
    headers
}

fn with(headers: Headers, name: &str, value: &str) -> Headers {
    let mut headers = without(headers, name);
    headers.push((name.to_owned(), value.to_owned()));
    headers
}

async fn post(endpoint: &Endpoint, headers: &Headers, body: impl AsRef<[u8]>) -> Answer {
    endpoint.post(headers, body.as_ref()).await.expect("an answer")
}

/// Sends each body or header set, and wants its status and code.
async fn refused(cases: Vec<(&str, Headers, Vec<u8>, u16, i64)>) {
    let (_server, endpoint) = start().await;
    for (what, headers, body, status, code) in cases {
        let answer = post(&endpoint, &headers, body).await;
        assert_eq!((answer.status, answer.error_code()), (status, Some(code)), "{what}: {answer:?}");
        assert_alive(&endpoint, what).await;
    }
}

#[test]
fn bodies_that_are_no_message_are_refused() {
    run(async {
        let headers = good().1;
        let deep = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}{}}}"#,
            "[".repeat(100),
            "]".repeat(100)
        );
        let envelope =
            |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/list","params":{{}}}}"#);
        refused(vec![
            ("half a message", headers.clone(), br#"{"jsonrpc":"#.to_vec(), 400, PARSE),
            ("nothing", headers.clone(), Vec::new(), 400, PARSE),
            ("no UTF-8", headers.clone(), vec![b'"', 0xff, b'"'], 400, PARSE),
            ("a batch", headers.clone(), b"[{},{}]".to_vec(), 400, INVALID_REQUEST),
            ("an id of null", headers.clone(), envelope("null").into_bytes(), 400, INVALID_REQUEST),
            ("an id with a fraction", headers.clone(), envelope("1.5").into_bytes(), 400, INVALID_REQUEST),
            ("an id that is an object", headers.clone(), envelope("{}").into_bytes(), 400, INVALID_REQUEST),
            (
                "two methods",
                headers.clone(),
                br#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#.to_vec(),
                400,
                INVALID_REQUEST,
            ),
            (
                "another JSON-RPC",
                headers.clone(),
                br#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#.to_vec(),
                400,
                INVALID_REQUEST,
            ),
            ("deep nesting", headers, deep.into_bytes(), 413, LIMIT),
        ])
        .await;
    });
}

#[test]
fn metadata_that_is_missing_or_wrong_is_refused() {
    run(async {
        let (body, headers) = good();
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut meta = modern_meta(&json!({}));
            change(&mut meta);
            let mut body = body.clone();
            body["params"]["_meta"] = meta;
            body.to_string().into_bytes()
        };
        let drop_member = |name: &'static str| {
            move |meta: &mut Value| {
                meta.as_object_mut().expect("an object").remove(name);
            }
        };
        let mut bare = body.clone();
        bare["params"].as_object_mut().expect("an object").remove("_meta");
        let old = |meta: &mut Value| meta["io.modelcontextprotocol/protocolVersion"] = json!("1999-01-01");
        refused(vec![
            ("no metadata", headers.clone(), bare.to_string().into_bytes(), 400, INVALID_PARAMS),
            (
                "no version",
                headers.clone(),
                changed(&drop_member("io.modelcontextprotocol/protocolVersion")),
                400,
                INVALID_PARAMS,
            ),
            (
                "no capabilities",
                headers.clone(),
                changed(&drop_member("io.modelcontextprotocol/clientCapabilities")),
                400,
                INVALID_PARAMS,
            ),
            (
                "an unknown version",
                with(headers, "mcp-protocol-version", "1999-01-01"),
                changed(&old),
                400,
                UNSUPPORTED_VERSION,
            ),
        ])
        .await;
    });
}

#[test]
fn an_unknown_version_is_told_which_ones_there_are() {
    run(async {
        let (_server, endpoint) = start().await;
        let (mut body, headers) = good();
        body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
        let headers = with(headers, "mcp-protocol-version", "2099-01-01");
        let answer = post(&endpoint, &headers, body.to_string()).await;
        let data = &answer.message()["error"]["data"];
        assert_eq!(data["requested"], "2099-01-01", "{answer:?}");
        let supported = data["supported"].as_array().expect("a list");
        assert!(supported.contains(&json!(MODERN)), "{answer:?}");
    });
}

#[test]
fn headers_that_do_not_mirror_the_body_are_refused() {
    run(async {
        let (body, headers) = good();
        let body = body.to_string().into_bytes();
        let mut cases = Vec::new();
        for (name, other) in
            [("mcp-protocol-version", "2025-11-25"), ("mcp-method", "tools/list"), ("mcp-name", "echo")]
        {
            cases.push((name, with(headers.clone(), name, other), body.clone(), 400, HEADER_MISMATCH));
            cases.push((name, without(headers.clone(), name), body.clone(), 400, HEADER_MISMATCH));
            let mut twice = headers.clone();
            let own = headers.iter().find(|(own, _)| own == name).expect("it is there").clone();
            twice.push(own);
            cases.push((name, twice, body.clone(), 400, HEADER_MISMATCH));
        }
        cases.push(("mcp-name", with(headers, "mcp-name", "=?base64?YWRk=?="), body, 400, HEADER_MISMATCH));
        refused(cases).await;
    });
}

#[test]
fn unknown_methods_and_tools_are_refused() {
    run(async {
        let (_server, endpoint) = start().await;
        let (mut body, headers) = good();
        body["method"] = json!("tools/destroy");
        let answer = post(&endpoint, &with(headers, "mcp-method", "tools/destroy"), body.to_string()).await;
        assert_eq!((answer.status, answer.error_code()), (404, Some(METHOD_NOT_FOUND)), "{answer:?}");
        let answer = endpoint.call(2, "nope", &json!({})).await.expect("an answer");
        assert_eq!(answer.error_code(), Some(INVALID_PARAMS), "{answer:?}");
        assert_alive(&endpoint, "unknown names").await;
    });
}

#[test]
fn invalid_arguments_are_an_error_of_the_tool_that_names_the_place() {
    run(async {
        let (_server, endpoint) = start().await;
        for (arguments, place) in
            [(json!({"a": "x", "b": 1}), "/a"), (json!({"a": 1, "b": 1.5}), "/b"), (json!({"a": 1}), "b")]
        {
            let answer = endpoint.call(1, "add", &arguments).await.expect("an answer");
            let result = &answer.message()["result"];
            assert_eq!(result["isError"], true, "{arguments}: {answer:?}");
            let text = result["content"][0]["text"].as_str().expect("a text");
            assert!(text.contains(place), "{arguments}: {text}");
        }
        assert_alive(&endpoint, "invalid arguments").await;
    });
}

#[test]
fn a_body_over_the_limit_is_refused_before_and_while_it_is_read() {
    run(async {
        let (_server, endpoint) = start().await;
        let (_, headers) = good();
        let declared = with(headers.clone(), "content-length", "4194305");
        let answer = post(&endpoint, &declared, b"{").await;
        assert_eq!((answer.status, answer.error_code()), (413, Some(LIMIT)), "{answer:?}");
        let chunked = with(headers, "transfer-encoding", "chunked");
        let size = 4 * 1024 * 1024 + 1;
        let mut body = format!("{size:x}\r\n").into_bytes();
        body.resize(body.len() + size, b' ');
        body.extend_from_slice(b"\r\n0\r\n\r\n");
        let answer = post(&endpoint, &chunked, body).await;
        assert_eq!((answer.status, answer.error_code()), (413, Some(LIMIT)), "{answer:?}");
        assert_alive(&endpoint, "a body over the limit").await;
    });
}

#[test]
fn foreign_hosts_and_origins_are_refused() {
    run(async {
        let (body, headers) = good();
        let body = body.to_string().into_bytes();
        let mut cases = Vec::new();
        for origin in
            ["http://evil.example", "null", "http://127.0.0.1.evil.example", "https://localhost.evil:80"]
        {
            cases.push((
                "a foreign origin",
                with(headers.clone(), "origin", origin),
                body.clone(),
                403,
                FORBIDDEN,
            ));
        }
        for host in ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"] {
            cases.push(("a foreign host", with(headers.clone(), "host", host), body.clone(), 403, FORBIDDEN));
        }
        refused(cases).await;
    });
}

#[test]
fn requests_in_the_wrong_form_are_refused() {
    run(async {
        let (body, headers) = good();
        let body = body.to_string().into_bytes();
        let mut many = headers.clone();
        many.extend((0..64).map(|number| (format!("x-{number}"), "y".to_owned())));
        refused(vec![
            ("more than 64 header fields", many, body.clone(), 431, LIMIT),
            (
                "a form",
                with(headers.clone(), "content-type", "text/plain"),
                body.clone(),
                415,
                INVALID_REQUEST,
            ),
            (
                "headers over the limit",
                with(headers.clone(), "x-large", &"a".repeat(8192)),
                body.clone(),
                431,
                LIMIT,
            ),
            ("only JSON", with(headers, "accept", "application/json"), body, 406, INVALID_REQUEST),
        ])
        .await;
    });
}

#[test]
fn a_session_that_nobody_opened_is_not_found() {
    run(async {
        let (_server, endpoint) = start().await;
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}).to_string();
        let known = with(plain_headers(), "mcp-protocol-version", "2025-11-25");
        let answer = post(&endpoint, &with(known.clone(), "mcp-session-id", "0000"), &call).await;
        assert_eq!(answer.status, 404, "{answer:?}");
        let answer = post(&endpoint, &known, &call).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        let answer = post(&endpoint, &plain_headers(), &call).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_alive(&endpoint, "an unknown session").await;
    });
}
