//! The programs of the guide: `guide FEATURE` runs one of them. Each file stands for itself in the documentation.
use std::process::ExitCode;

use futures_util::future::BoxFuture;

mod caching;
mod completion;
mod elicitation;
mod errors;
mod frameworks;
mod logging;
mod middleware;
mod progress;
mod prompts;
mod resources;
mod revisions;
mod sampling;
mod steps;
mod subscriptions;
mod testing;
mod tools;

fn program(feature: &str) -> Option<BoxFuture<'static, Result<(), dovetail::Error>>> {
    Some(match feature {
        "caching" => Box::pin(caching::run()),
        "completion" => Box::pin(completion::run()),
        "elicitation" => Box::pin(elicitation::run()),
        "errors" => Box::pin(errors::run()),
        "frameworks" => Box::pin(frameworks::run()),
        "logging" => Box::pin(logging::run()),
        "middleware" => Box::pin(middleware::run()),
        "progress" => Box::pin(progress::run()),
        "prompts" => Box::pin(prompts::run()),
        "resources" => Box::pin(resources::run()),
        "revisions" => Box::pin(revisions::run()),
        "sampling" => Box::pin(sampling::run()),
        "steps" => Box::pin(steps::run()),
        "subscriptions" => Box::pin(subscriptions::run()),
        "testing" => Box::pin(testing::run()),
        "tools" => Box::pin(tools::run()),
        _ => return None,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let feature = std::env::args().nth(1).unwrap_or_default();
    let Some(program) = program(&feature) else {
        eprintln!("usage: guide FEATURE; there is none named {feature:?}");
        return ExitCode::from(2);
    };
    match program.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {}", error.kind.name(), error.detail);
            ExitCode::FAILURE
        }
    }
}
