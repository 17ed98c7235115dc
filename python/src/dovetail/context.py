"""What a handler knows about its call and can say to the caller meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

import msgspec

from ._codes import Code
from .elicitation import Elicitation
from .errors import DovetailError, Suspended
from .schema import form_of

if TYPE_CHECKING:
    from ._channel import Channel

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


class CallInfo(msgspec.Struct, frozen=True, rename="camel"):
    """What is known about a call.

    Attributes:
        method: The protocol method that led to it.
        name: The name of the tool.
        revision: The protocol revision of the request.
        client: Name and version of the client, as it says.
        client_capabilities: What the client can do.
        meta: The metadata of the request.
        progress: Whether the caller wants progress.
        principal: Who calls, or ``None`` for anonymous.
        round: How often this handler was run before for the same request.
    """

    method: str
    name: str | None = None
    revision: str | None = None
    client: dict[str, Any] | None = None
    client_capabilities: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    progress: Any = None
    principal: Any = None
    round: int = 0


_read_info = msgspec.json.Decoder(CallInfo).decode
_read_answer = msgspec.json.Decoder(Elicitation[Any]).decode


class Context:
    """The call that a handler is working on. A handler gets it by having a parameter of this type."""

    __slots__ = ("_call", "_channel", "_info", "_stopped")

    def __init__(self, channel: Channel, call: int) -> None:
        self._channel = channel
        self._call = call
        self._info: CallInfo | None = None
        self._stopped = False

    @property
    def cancelled(self) -> bool:
        """Whether the caller has gone. An async handler is cancelled as well, by ``asyncio.CancelledError``."""
        return self._stopped

    @property
    def info(self) -> CallInfo:
        """Revision, client, metadata and so on; read at the first access.

        Raises:
            DovetailError: ``stale_call`` when the call is over.
        """
        if self._info is None:
            self._info = _read_info(self._channel.session.call_info(self._call))
        return self._info

    def progress(self, value: float, total: float | None = None, message: str | None = None) -> None:
        """Tells the caller how far the work is. Returns at once; nothing happens when nobody listens.

        Args:
            value: How much is done; grows from call to call.
            total: How much there is, when known.
            message: What is being done.
        """
        body: dict[str, Any] = {"progress": value}
        if total is not None:
            body["total"] = total
        if message is not None:
            body["message"] = message
        try:
            self._channel.session.progress(self._call, _encode(body))
        except DovetailError as error:
            if error.code is not Code.STALE_CALL:
                raise _unwinding(error) from None

    @overload
    async def elicit(self, message: str, schema: type[T], *, name: str | None = None) -> Elicitation[T]: ...
    @overload
    async def elicit(
        self, message: str, schema: Mapping[str, Any], *, name: str | None = None
    ) -> Elicitation[dict[str, Any]]: ...
    async def elicit(self, message: str, schema: Any, *, name: str | None = None) -> Elicitation[Any]:
        """Asks the user of the caller to fill a form.

        On newer protocol revisions the run of the handler ends here, and the handler is run again from its beginning
        with the answer: what comes before a question happens more than once.

        Args:
            message: The question.
            schema: The form: a Struct, dataclass or TypedDict type with flat fields, or a JSON Schema.
            name: Tells this question from others; by default their order does.

        Raises:
            DovetailError: ``unanswerable`` when the caller cannot ask its user.
            msgspec.ValidationError: The content is not of the type.
        """
        form = schema if isinstance(schema, Mapping) else form_of(schema)
        answer = _read_answer(await self._ask({"kind": "form", "message": message, "schema": form}, name))
        if form is schema or answer.content is None:
            return answer
        return Elicitation(answer.action, msgspec.convert(answer.content, schema, strict=False))

    async def confirm(self, message: str, *, name: str | None = None) -> bool:
        """Asks the user of the caller a yes-or-no question; everything but a yes is ``False``.

        See `elicit` for what happens to the run of the handler.
        """
        payload = await self._ask({"kind": "confirm", "message": message}, name)
        return msgspec.json.decode(payload, type=bool)

    async def _ask(self, question: dict[str, Any], name: str | None) -> bytes:
        if name is not None:
            question["name"] = name
        encoded = _encode(question)
        channel = self._channel
        try:
            return await channel.operate(lambda key: channel.session.ask(self._call, key, encoded))
        except DovetailError as error:
            raise _unwinding(error) from None

    def _stop(self) -> None:
        self._stopped = True


def _unwinding(error: DovetailError) -> BaseException:
    return Suspended(error.detail) if error.code is Code.SUSPENDED else error
