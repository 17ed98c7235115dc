use dovetail::{Client, Error, Revision, Server};

pub async fn run() -> Result<(), Error> {
    let server = Server::new("demo");
    let newest = Client::connect(&server).await?;
    println!("{}", newest.revision());
    newest.close().await;

    let pinned = Client::builder(&server).revision(Revision::V2025_11_25).connect().await?;
    println!("{}", pinned.revision());
    pinned.close().await;
    Ok(())
}
