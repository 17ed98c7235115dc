"""Layers: functions of the user's around every request and notification of a server or a client.

Owns how one message passes one layer; which messages do and in which order is the core's to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from ._channel import Channel
from ._codes import Code, Shape
from ._models import encode
from ._refusal import refusal
from .content import ToolResult
from .errors import DovetailError


class _Intercepted(msgspec.Struct):
    method: str
    notification: bool
    revision: str | None = None
    principal: str | None = None
    params: msgspec.Raw = msgspec.Raw(b"{}")


_read = msgspec.json.Decoder(_Intercepted).decode
_decode = msgspec.json.decode


class Message:
    """A request or notification on its way through the layers.

    Attributes:
        method: The protocol's name of what is wanted.
        revision: The protocol revision that it is written in.
        principal: Who sends it, or ``None`` for anonymous.
        notification: Whether nobody waits for a result.
    """

    __slots__ = ("_params", "_raw", "method", "notification", "principal", "revision")

    method: str
    revision: str | None
    principal: str | None
    notification: bool

    def __init__(self, payload: bytes) -> None:
        read = _read(payload)
        self.method = read.method
        self.revision = read.revision
        self.principal = read.principal
        self.notification = read.notification
        self._raw = read.params
        self._params: dict[str, Any] | None = None

    @property
    def params(self) -> dict[str, Any]:
        """The parameters, as the protocol has them. A layer may change them before it calls ``next``."""
        params = self._params
        if params is None:
            params = self._params = _decode(self._raw)
        return params

    @params.setter
    def params(self, params: dict[str, Any]) -> None:
        self._params = params

    def __repr__(self) -> str:
        return f"Message({self.method!r}, {self.params!r})"

    def _changed(self) -> dict[str, Any] | None:
        """The parameters when they are others than those that came."""
        if self._params is None or encode(self._params) == encode(_decode(self._raw)):
            return None
        return self._params


class Next:
    """Lets a message go on: ``await next(message)``, ``await next(params)`` or ``await next()``.

    Gives the result object of what is inside, an empty one for a notification. It can be called once.

    Raises:
        DovetailError: What is inside did not succeed; ``invalid_state`` when it was called before.
    """

    __slots__ = ("_call", "_channel", "_error", "_message", "_payload", "_result")

    def __init__(self, channel: Channel, call: int, message: Message) -> None:
        self._channel = channel
        self._call = call
        self._message = message
        self._payload: bytes | None = None
        self._result: dict[str, Any] | None = None
        self._error: DovetailError | None = None

    async def __call__(self, message: Message | Mapping[str, Any] | None = None) -> dict[str, Any]:
        params = message if isinstance(message, Mapping) else (message or self._message)._changed()
        patch = b"" if params is None else encode({"params": params})
        session = self._channel.session
        begun = False

        def proceed(key: int) -> None:
            nonlocal begun
            session.proceed(self._call, key, patch)
            begun = True

        try:
            payload = await self._channel.operate(proceed)
        except DovetailError as error:
            if begun:
                self._error = error
            raise
        self._payload = payload
        result: dict[str, Any] = _decode(payload)
        self._result = result
        return result

    def _untouched(self, result: Any) -> bool:
        """Whether a layer returned what it got from here, or nothing at all."""
        if self._payload is None:
            return False
        return result is None or (result is self._result and encode(result) == encode(_decode(self._payload)))


Layer = Callable[[Message, Next], Awaitable[Any] | Any]
"""Gets each message and what lets it go on; returns the result of the request.

What it returns replaces the result of what is inside; nothing, or what ``next`` gave, passes that on. A `DovetailError`
refuses the request with its code, any other exception as ``internal``. A notification that a layer does not let go on is
dropped. A layer has ten seconds (limit ``hook``) of its own before ``next`` and after it.
"""


class Layers:
    """Runs the layers of one channel, a task for each message and layer."""

    def __init__(self, channel: Channel, layers: Sequence[Layer]) -> None:
        self._channel = channel
        self._layers = layers

    def __call__(self, number: int, call: int, payload: bytes) -> asyncio.Task[None]:
        return self._channel.loop.create_task(self._run(self._layers[number], call, Message(payload)))

    async def _run(self, layer: Layer, call: int, message: Message) -> None:
        session = self._channel.session
        next = Next(self._channel, call, message)
        # A stale call has nobody to tell.
        with contextlib.suppress(DovetailError):
            try:
                result = layer(message, next)
                if inspect.isawaitable(result):
                    result = await result
                if next._untouched(result):
                    session.reply(call, Shape.OUTCOME, b"")
                else:
                    session.reply(call, Shape.WHOLE, _body(message, result))
            except Exception as error:
                if error is next._error:
                    session.reply(call, Shape.OUTCOME, b"")
                else:
                    session.fail(call, encode(refusal(error)))


def _body(message: Message, result: Any) -> bytes:
    if isinstance(result, ToolResult):
        return encode(result.body())
    if result is None and not message.notification:
        raise DovetailError(Code.INTERNAL, "a layer returned nothing without calling next")
    return encode({} if result is None else result)
