//! Tools that report while they run, change what the server offers, or outlast their connection.
use std::time::Duration;

use dovetail::bus::Change;
use dovetail::{Context, Level, Server, Tool};

use crate::content::Nothing;

/// Far enough apart to be seen one by one.
const PAUSE: Duration = Duration::from_millis(50);

async fn with_progress(_: Nothing, context: Context) -> Result<String, dovetail::Failure> {
    for done in [0.0, 50.0, 100.0] {
        context.progress(done, Some(100.0), Some(&format!("Completed step {done} of 100")));
        tokio::time::sleep(PAUSE).await;
    }
    Ok("Tool with progress executed successfully".to_owned())
}

async fn with_logging(_: Nothing, context: Context) -> Result<String, dovetail::Failure> {
    for line in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
        context.log(Level::Info, line);
        tokio::time::sleep(PAUSE).await;
    }
    Ok("Tool with logging executed successfully".to_owned())
}

async fn logging_once(_: Nothing, context: Context) -> Result<String, dovetail::Failure> {
    context.log_as("everything", Level::Error, "A log message for whoever asked");
    Ok("logged".to_owned())
}

async fn reconnection(_: Nothing, context: Context) -> Result<String, dovetail::Failure> {
    context.detach(Some(Duration::from_millis(500)));
    tokio::time::sleep(PAUSE * 2).await;
    Ok("Reconnection test completed successfully.".to_owned())
}

pub(crate) fn add(server: Server) -> Server {
    let (tools, prompts) = (server.clone(), server.clone());
    server
        .tool(Tool::typed("test_tool_with_progress", "Reports progress", with_progress))
        .tool(Tool::typed("test_tool_with_logging", "Logs", with_logging))
        .tool(Tool::typed("test_logging_tool", "Logs for requests that ask for it", logging_once))
        .tool(Tool::typed("test_reconnection", "Outlasts its connection", reconnection))
        .tool(Tool::typed(
            "test_trigger_tool_change",
            "Announces other tools",
            move |_: Nothing, _: Context| {
                tools.announce(Change::Tools);
                std::future::ready(Ok("announced".to_owned()))
            },
        ))
        .tool(Tool::typed(
            "test_trigger_prompt_change",
            "Announces other prompts",
            move |_: Nothing, _: Context| {
                prompts.announce(Change::Prompts);
                std::future::ready(Ok("announced".to_owned()))
            },
        ))
}
