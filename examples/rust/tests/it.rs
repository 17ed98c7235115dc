//! The example programs, run as a reader would run them.
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

const CLIENT: &str = env!("CARGO_BIN_EXE_example-client");
const WEATHER: &str = env!("CARGO_BIN_EXE_example-weather");
const REMOVE: &str = env!("CARGO_BIN_EXE_example-remove");

/// The client bounds its own calls, so it ends in any case.
fn client(arguments: &[&str]) -> Output {
    Command::new(CLIENT).args(arguments).output().expect("the client starts")
}

fn lines(output: &Output) -> Vec<String> {
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// A server that ends with the test.
struct Listening {
    child: Child,
    url: String,
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It may have ended by itself, and then the test has failed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listening(program: &str) -> Listening {
    let mut child = Command::new(program)
        .args(["--http", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut line = String::new();
    let stderr = child.stderr.take().expect("piped");
    BufReader::new(stderr).read_line(&mut line).expect("a line");
    let url = line.trim().strip_prefix("listening on ").expect("its URL").to_owned();
    Listening { child, url }
}

fn assert_weather(output: &Output) {
    let lines = lines(output);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(lines[1], "tool weather: Forecast for a city");
    assert_eq!(lines[lines.len() - 2].trim(), "day 3 (3/3)");
    let forecast: serde_json::Value =
        serde_json::from_str(lines.last().expect("a last line")).expect("a forecast");
    // "Oslo" adds up to 413: 15 + 413 % 15, and the third sky.
    assert_eq!(forecast["days"][0], serde_json::json!({"day": 0, "high": 23.0, "low": 15.0, "sky": "rain"}));
    assert_eq!(forecast["days"].as_array().map(Vec::len), Some(3));
}

fn assert_removed(output: &Output) {
    let lines = lines(output);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(&lines[lines.len() - 2..], ["Delete a.txt? yes", "deleted a.txt"]);
}

#[test]
fn the_forecast_comes_over_both_transports() {
    assert_weather(&client(&["--", WEATHER]));
    let server = listening(WEATHER);
    assert_weather(&client(&[&server.url]));
}

#[test]
fn the_file_is_removed_after_asking_over_both_transports() {
    assert_removed(&client(&["--", REMOVE]));
    let server = listening(REMOVE);
    assert_removed(&client(&[&server.url]));
    // It is gone now, and the tool says so.
    let again = client(&[&server.url]);
    assert_eq!(again.status.code(), Some(1));
    let error = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(error.trim(), "error: tool_error: no such file: a.txt");
}

#[test]
fn a_program_is_never_started_from_a_string() {
    let output = client(&["rm -rf x"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: "), "{output:?}");
}
