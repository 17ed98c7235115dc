//! The tool that swallows the end of its run. It is no `#[tool]`, because such a function is dropped at its question and
//! has no chance to.
use bytes::Bytes;
use dovetail::{Answer, Context, Error, Failure, Handler, Output, RawValue, Tool};
use futures_util::future::BoxFuture;

use crate::fixture::{Reply, Shared};

const FORM: &str = r#"{"type":"object","properties":{"answer":{"type":"string"}},"required":["answer"]}"#;

pub(crate) struct Stubborn;

impl Stubborn {
    pub(crate) fn tool() -> Result<Tool, Error> {
        let spec = br#"{"name":"stubborn","description":"Swallows the end of its run.",
            "inputSchema":{"type":"object","properties":{}}}"#;
        Tool::from_json(spec, Self)
    }
}

impl Handler for Stubborn {
    fn call(&self, context: Context, _: Bytes) -> BoxFuture<'static, Result<Output, Failure>> {
        Box::pin(async move {
            let form: &RawValue = serde_json::from_str(FORM).map_err(Failure::tool)?;
            let text = match context.try_elicit("Sure?", form, None).await {
                Ok(answer) => match answer.typed::<Reply>().map_err(Failure::Protocol)? {
                    Answer::Accept(Reply { answer }) => format!("answered {answer}"),
                    Answer::Decline | Answer::Cancel => "declined".to_owned(),
                },
                Err(_) => {
                    // A step that is still allowed would be done.
                    if let Ok(None) = context.recorded("after") {
                        Shared::count(&context, "after");
                    }
                    "swallowed".to_owned()
                }
            };
            Output::json(&text)
        })
    }

    fn unwinds(&self) -> bool {
        true
    }
}
