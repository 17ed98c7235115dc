"""What a handler knows about its call and can say to the caller meanwhile."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

import msgspec

from . import _models
from ._codes import Code
from ._signature import CallContext
from .asking import Ask
from .elicitation import Elicitation
from .errors import DovetailError, Suspended
from .sampling import Root, Said, Sample

if TYPE_CHECKING:
    from ._channel import Channel

T = TypeVar("T")

Level = Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
"""How much a log message matters."""


class CallInfo(msgspec.Struct, frozen=True, rename="camel"):
    """What is known about a call.

    Attributes:
        method: The protocol method that led to it.
        name: The name of the tool or prompt, the URI of the resource.
        revision: The protocol revision of the request.
        client: Name and version of the client, as it says.
        client_capabilities: What the client can do.
        meta: The metadata of the request.
        progress: Whether the caller wants progress.
        principal: Who calls, or ``None`` for anonymous.
        round: How often this handler was run before for the same request.
        log_level: From which level on the caller wants log messages, when it said.
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
    log_level: str | None = None


_read_info = msgspec.json.Decoder(CallInfo).decode


class Context(CallContext):
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
        self._tell(self._channel.session.progress, body)

    def log(self, level: Level, data: Any, logger: str | None = None) -> None:
        """Sends a log message to the caller. Returns at once; nothing happens when the caller asked for none.

        Args:
            level: How much it matters.
            data: A text or anything else that has JSON.
            logger: Who says it.
        """
        body = {"level": level, "data": data}
        if logger is not None:
            body["logger"] = logger
        self._tell(self._channel.session.log, body)

    def _tell(self, send: Callable[[int, bytes], None], body: dict[str, Any]) -> None:
        try:
            send(self._call, _models.encode(body))
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
            schema: The form: a Struct, dataclass, TypedDict or pydantic model with flat fields, or a JSON Schema.
            name: Tells this question from others; by default their order does.

        Raises:
            DovetailError: ``unanswerable`` when the caller cannot ask its user.
            msgspec.ValidationError: The content is not of the type.
        """
        return await self._one(Ask.form(message, schema), name)

    async def confirm(self, message: str, *, name: str | None = None) -> bool:
        """Asks the user of the caller a yes-or-no question; everything but a yes is ``False``.

        See `elicit` for what happens to the run of the handler.
        """
        return await self._one(Ask.confirm(message), name)

    async def elicit_url(self, message: str, url: str, *, name: str | None = None) -> Elicitation[None]:
        """Asks the user of the caller to visit a page, for what must not pass through the client.

        ``accept`` says that the user agreed to, not that the user is done there. See `elicit` for what happens to the
        run of the handler.
        """
        return await self._one(Ask.url(message, url), name)

    async def sample(
        self,
        messages: Said | Sequence[Said],
        *,
        max_tokens: int,
        system_prompt: str | None = None,
        temperature: float | None = None,
        stop_sequences: Sequence[str] = (),
        tools: Sequence[Mapping[str, Any]] = (),
        more: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> Sample:
        """Asks the model of the caller. See `elicit` for what happens to the run of the handler.

        Args:
            messages: The conversation: a string, content, a `SampleMessage`, or a list of those.
            max_tokens: The most tokens the answer may have.
            system_prompt: A system prompt; the client may change or drop it.
            temperature: How freely the model may choose.
            stop_sequences: Texts that end the answer.
            tools: Tools that the model may call, as definitions.
            more: Other members of the request, in the terms of the specification.
            name: Tells this question from others; by default their order does.

        Raises:
            DovetailError: ``unanswerable`` when the caller has no model to ask.
        """
        asked = Ask.sample(
            messages,
            max_tokens=max_tokens,
            system_prompt=system_prompt,
            temperature=temperature,
            stop_sequences=stop_sequences,
            tools=tools,
            more=more,
        )
        return await self._one(asked, name)

    async def list_roots(self, *, name: str | None = None) -> list[Root]:
        """The places that the user of the caller works in. See `elicit` for what happens to the run of the handler."""
        return await self._one(Ask.roots(), name)

    async def ask(self, questions: Mapping[str, Ask[Any]]) -> dict[str, Any]:
        """Asks several questions at once; the answers come under the same keys.

            answers = await ctx.ask({"who": Ask.form("Who are you?", Person), "where": Ask.roots()})

        See `elicit` for what happens to the run of the handler.
        """
        bodies = {key: question.body for key, question in questions.items()}
        answers = msgspec.json.decode(await self._ask({"kind": "many", "questions": bodies}, None))
        return {key: question.read(answers[key]) for key, question in questions.items()}

    @overload
    async def step(self, name: str, work: Callable[[], Awaitable[T] | T], type: type[T]) -> T: ...
    @overload
    async def step(self, name: str, work: Callable[[], Any]) -> Any: ...
    async def step(self, name: str, work: Callable[[], Any], type: Any = Any) -> Any:
        """Does something once, however often the handler is run again: later runs get the recorded result.

        Args:
            name: Tells this step from others of the handler.
            work: What to do; may be a coroutine function. Its result must have JSON, and comes back as plain Python
                or as the ``type``.
            type: The type of the result.
        """
        found, value = await self._recall(name, type)
        if found:
            return value
        result = work()
        if inspect.isawaitable(result):
            result = await result
        return self._record(name, result, type)

    async def _recall(self, name: str, type: Any) -> tuple[bool, Any]:
        recorded = msgspec.json.decode(await self._ask({"kind": "recall"}, name))
        return ("value" in recorded, _models.converted(recorded["value"], type) if "value" in recorded else None)

    def _record(self, name: str, result: Any, type: Any) -> Any:
        value = _models.encode(result)
        try:
            self._channel.session.record(self._call, b'{"name":%b,"value":%b}' % (_models.encode(name), value))
        except DovetailError as error:
            raise _unwinding(error) from None
        # As later runs will get it.
        return _models.converted(msgspec.json.decode(value), type)

    async def detach(self, retry: float | None = None) -> None:
        """Lets the connection that waits for this call go; the client fetches the rest when it comes back.

        For work that outlasts connections, on servers and protocol revisions whose connections resume; elsewhere
        nothing happens.

        Args:
            retry: Seconds after which the client should come back.
        """
        question: dict[str, Any] = {"kind": "detach"}
        if retry is not None:
            question["retryMs"] = round(retry * 1000)
        await self._ask(question, None)

    async def _one(self, question: Ask[T], name: str | None) -> T:
        return question.read(msgspec.json.decode(await self._ask(question.body, name)))

    async def _ask(self, question: Mapping[str, Any], name: str | None) -> bytes:
        encoded = _models.encode(question if name is None else {**question, "name": name})
        channel = self._channel
        try:
            return await channel.operate(lambda key: channel.session.ask(self._call, key, encoded))
        except DovetailError as error:
            raise _unwinding(error) from None

    def _stop(self) -> None:
        self._stopped = True


def _unwinding(error: DovetailError) -> BaseException:
    return Suspended(error.detail) if error.code is Code.SUSPENDED else error
