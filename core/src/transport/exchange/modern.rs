//! Requests that describe themselves: their headers are checked against their body, and a peer that goes away
//! cancels them (`basic/transports/streamable-http`).
use std::sync::Arc;

use bytes::Bytes;
use dovetail_protocol::headers::{self, StandardHeaders};
use dovetail_protocol::{Error, ErrorKind, Request, Revision, methods};

use super::head::{Head, json, member_text};
use super::outbound::Wire;
use super::{Exchange, Step};
use crate::server::{Incoming, Params, Sender, answer, refuse};

impl Exchange {
    pub(super) fn modern(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
    ) -> Step<'_> {
        let id = request.id.clone();
        let refused = |error| Step::Done(json(refuse(Revision::LATEST, Some(&id), &error)));
        if let Err(error) = self.check_headers(head, &request, &params) {
            return refused(error);
        }
        let wire = Arc::new(Wire::default());
        let sender = Sender { principal: head.principal(), outbound: wire.clone() };
        let incoming = match Incoming::modern(body, request, params, sender) {
            Ok(incoming) => incoming,
            Err(error) => return refused(error),
        };
        let core = self.core.clone();
        Step::Modern(Box::pin(async move { answer(&core, incoming).await }), wire)
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
