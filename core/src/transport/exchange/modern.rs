//! Requests that describe themselves: their headers are checked against their body, and a peer that goes away
//! cancels them (`basic/transports/streamable-http`).
use std::sync::Arc;

use bytes::Bytes;
use dovetail_protocol::headers::{self, StandardHeaders};
use dovetail_protocol::{Error, ErrorKind, Request, Revision, methods};
use http::Response;

use super::body::{Work, settle};
use super::head::{Head, json, member_text};
use super::outbound::Wire;
use super::{Exchange, ExchangeBody};
use crate::server::{Incoming, Params, Sender, answer, refuse};

/// A request under way.
pub(super) struct Modern {
    work: Work,
    wire: Arc<Wire>,
}

impl Exchange {
    /// Sets a request going.
    #[allow(clippy::result_large_err, reason = "the error is the response")]
    pub(super) fn modern(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
    ) -> Result<Modern, Response<ExchangeBody>> {
        let id = request.id.clone();
        let refused = |error| json(refuse(Revision::LATEST, Some(&id), &error));
        self.check_headers(head, &request, &params).map_err(refused)?;
        let wire = Arc::new(Wire::default());
        let sender = Sender { principal: head.principal(), outbound: wire.clone() };
        let incoming = Incoming::modern(body, request, params, sender).map_err(refused)?;
        let core = self.core.clone();
        Ok(Modern { work: Box::pin(async move { answer(&core, incoming).await }), wire })
    }

    /// Waits for the answer, or turns the response into an event stream when something is due before it.
    pub(super) async fn settle(&self, request: Modern) -> Response<ExchangeBody> {
        settle(request.work, request.wire, self.timer.as_ref()).await
    }

    fn check_headers(
        &self,
        head: &Head<'_>,
        request: &Request<'_>,
        params: &Params<'_>,
    ) -> Result<(), Error> {
        let version = head.version;
        let Some(body_version) = params.meta().protocol_version.as_deref() else {
            return Err(match version {
                Some(version) if Revision::parse(version).is_none() => {
                    dovetail_protocol::error::unsupported_version(version)
                }
                _ => Error::new(
                    ErrorKind::InvalidParams,
                    "params._meta lacks io.modelcontextprotocol/protocolVersion",
                ),
            });
        };
        let found = StandardHeaders { version, method: head.method, name: head.name };
        let other_name;
        let name = match (params, headers::name_source(&request.method)) {
            (Params::Call(call), _) => Some(&*call.name),
            (Params::Other(_), Some(member)) => {
                other_name = member_text(request.params, member);
                other_name.as_deref()
            }
            (Params::Other(_), None) => None,
        };
        headers::check(&found, body_version, &request.method, name)?;
        if let (Params::Call(call), methods::TOOLS_CALL) = (params, &*request.method)
            && let Some(tool) = self.core.snapshot().tools.find(&call.name)
            && !tool.headers.is_empty()
        {
            tool.headers.check(call.arguments, |name| head.header(name))?;
        }
        Ok(())
    }
}
