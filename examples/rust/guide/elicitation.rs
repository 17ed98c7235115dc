use dovetail::{Answer, Client, Context, ElicitAnswer, ElicitRequest, Error, Server, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, JsonSchema)]
struct Booking {
    date: String,
}

/// Book a table
#[tool]
async fn book(context: Context) -> Result<String, Error> {
    Ok(match context.elicit("Which day?").await? {
        Answer::Accept(Booking { date }) => format!("booked for {date}"),
        Answer::Decline | Answer::Cancel => "not booked".to_owned(),
    })
}

async fn agree(question: ElicitRequest) -> Result<ElicitAnswer, Error> {
    println!("asked: {}", question.message);
    ElicitAnswer::accept(json!({"date": "2026-12-01"}))
}

async fn decline(_: ElicitRequest) -> Result<ElicitAnswer, Error> {
    Ok(ElicitAnswer::decline())
}

pub async fn run() -> Result<(), Error> {
    let server = Server::new("demo").tool(book);
    let agreeing = Client::builder(&server).on_elicit(agree).connect().await?;
    let declining = Client::builder(&server).on_elicit(decline).connect().await?;
    for client in [agreeing, declining] {
        let outcome: String = client.call("book", json!({})).await?.data()?;
        println!("{outcome}");
        client.close().await;
    }
    Ok(())
}
