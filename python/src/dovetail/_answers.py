"""Answers the questions of servers with the handlers of the user, one task per question."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from ._channel import Channel, describe
from ._codes import Shape
from ._models import encode
from .elicitation import Elicitation, Question, answer_body
from .errors import DovetailError
from .sampling import Root, Sample, SampleRequest, read_request

OnElicit = Callable[[Question], Awaitable[Elicitation[Any] | Any] | Elicitation[Any] | Any]
OnElicitUrl = Callable[[Question], Awaitable[Elicitation[Any] | bool | None] | Elicitation[Any] | bool | None]
OnSample = Callable[[SampleRequest], Awaitable[Sample] | Sample]
Roots = Sequence[Root | str] | Callable[[], Awaitable[Sequence[Root | str]] | Sequence[Root | str]]

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Inputs(NamedTuple):
    """The handlers of a client, and what it declares because of them."""

    on_elicit: OnElicit | None = None
    on_elicit_url: OnElicitUrl | None = None
    on_sample: OnSample | None = None
    roots: Roots | None = None

    def kinds(self) -> list[str]:
        """The kinds of questions that can be answered."""
        by_kind = {"form": self.on_elicit, "url": self.on_elicit_url, "sample": self.on_sample, "roots": self.roots}
        return [kind for kind, handler in by_kind.items() if handler is not None]


class Answers:
    """What a channel does with questions.

    Not a part of the connection: the channel would keep a forgotten client alive.
    """

    def __init__(self, channel: Channel, inputs: Inputs) -> None:
        self._channel = channel
        self._inputs = inputs

    def __call__(self, call: int, payload: bytes) -> asyncio.Task[None]:
        return self._channel.loop.create_task(self._answer(call, payload))

    async def _answer(self, call: int, payload: bytes) -> None:
        session = self._channel.session
        # A stale call has nobody to tell.
        with contextlib.suppress(DovetailError):
            try:
                body = encode(await self._body(_decode(payload)))
            except (Exception, asyncio.CancelledError) as error:
                session.fail(call, describe(error))
                if isinstance(error, asyncio.CancelledError):
                    raise
                return
            session.reply(call, Shape.VALUE, body)

    async def _body(self, asked: dict[str, Any]) -> dict[str, Any]:
        inputs = self._inputs
        kind = asked.get("kind", "form")
        if kind == "form" and inputs.on_elicit is not None:
            return answer_body(await _settled(inputs.on_elicit(msgspec.convert(asked, Question))))
        if kind == "url" and inputs.on_elicit_url is not None:
            answer = await _settled(inputs.on_elicit_url(msgspec.convert(asked, Question)))
            if isinstance(answer, Elicitation):
                return {"action": answer.action}
            return {"action": "accept" if answer else "decline"}
        if kind == "sample" and inputs.on_sample is not None:
            sample: Sample = await _settled(inputs.on_sample(read_request(asked["params"])))
            return sample.body()
        if kind == "roots" and inputs.roots is not None:
            roots = inputs.roots
            listed: Sequence[Root | str] = await _settled(roots()) if callable(roots) else roots
            return {"roots": [Root(root) if isinstance(root, str) else root for root in listed]}
        raise LookupError("nobody is there to answer")


async def _settled(answer: Any) -> Any:
    return await answer if inspect.isawaitable(answer) else answer
