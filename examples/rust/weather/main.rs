//! A server with one typed tool that reports progress: `weather` on stdio, or with `--http HOST:PORT`.
use dovetail::{Context, Server, http, stdio, tool};
use schemars::JsonSchema;
use serde::Serialize;

/// A forecast.
#[derive(Serialize, JsonSchema)]
struct Forecast {
    city: String,
    days: Vec<Day>,
}

/// One day of a forecast.
#[derive(Serialize, JsonSchema)]
struct Day {
    day: i64,
    high: f64,
    low: f64,
    sky: String,
}

const SKIES: [&str; 3] = ["clear", "cloudy", "rain"];

fn one() -> u16 {
    1
}

/// Forecast for a city
#[tool]
async fn weather(city: String, #[serde(default = "one")] days: u16, context: Context) -> Forecast {
    let name: u32 = city.chars().map(u32::from).sum();
    let mut forecast = Vec::new();
    for day in 0..days {
        let seed = name + u32::from(day);
        let high = f64::from(15 + seed % 15);
        let sky = SKIES[(seed % 3) as usize].to_owned();
        forecast.push(Day { day: i64::from(day), high, low: high - 8.0, sky });
        let done = day + 1;
        context.progress(f64::from(done), Some(f64::from(days)), Some(&format!("day {done}")));
        tokio::task::yield_now().await;
    }
    Forecast { city, days: forecast }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::new("weather").tool(weather);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => server.serve(stdio()).await?,
        ["--http", address] => {
            let listener = server.listen(http(address)).await?;
            eprintln!("listening on {}", listener.url());
            listener.run().await?;
        }
        _ => return Err("usage: weather [--http HOST:PORT]".into()),
    }
    Ok(())
}
