"""The connection that a client and its variants share: opened once, closed once, cleaned up when forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import sys
import warnings
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from . import _native
from ._channel import Channel, Listener, describe, encode
from ._codes import Shape
from ._runtime import runtime
from .command import Command
from .elicitation import Elicitation, Question, answer_body
from .errors import DovetailError

if TYPE_CHECKING:
    from .server import Server

OnElicit = Callable[[Question], Awaitable[Elicitation[Any] | Any] | Elicitation[Any] | Any]

_read_question = msgspec.json.Decoder(Question).decode


class Connection:
    """One native client session, from connect to close."""

    def __init__(
        self,
        target: str | Command | Server,
        config: dict[str, Any],
        headers: Mapping[str, str] | None,
        on_elicit: OnElicit | None,
    ) -> None:
        self._server: Server | None = None
        if isinstance(target, str):
            config["target"] = {"url": target}
            if headers:
                config["target"]["headers"] = dict(headers)
        elif isinstance(target, Command):
            config["target"] = target._target()
        elif hasattr(target, "_acquire"):
            config["target"] = {"server": True}
            self._server = target
        else:
            raise TypeError(f"a target is a URL, a Command or a Server, not {target!r}")
        if headers and not isinstance(target, str):
            raise TypeError("headers are for URLs")
        if on_elicit is not None:
            config["inputs"] = ["form"]
        self._config = encode(config)
        self._on_elicit = on_elicit
        self._channel: Channel | None = None
        self._serving: Channel | None = None

    @property
    def channel(self) -> Channel:
        """The open channel."""
        if self._channel is None:
            raise RuntimeError("this client is not connected: use `async with Client(...)` or `await client.connect()`")
        return self._channel

    async def open(self) -> None:
        """Connects; does nothing when that was done before."""
        if self._channel is not None:
            return
        channel = Channel()
        if self._on_elicit is not None:
            channel.on_input = _Answers(channel, self._on_elicit)
        self._channel = channel
        server: _native.Session | None = None
        try:
            if self._server is not None:
                self._serving = self._server._acquire()
                server = self._serving.session
            await channel.operate(
                lambda key: channel.attach(_native.client_open(runtime(), key, self._config, server))
            )
        except BaseException:
            await self.close(0)
            raise

    async def request(
        self, operation: str, params: Mapping[str, Any], options: Mapping[str, Any], listener: Listener | None = None
    ) -> bytes:
        """Runs one operation of the contract; the payload of its completion is the result."""
        channel = self.channel
        encoded = encode(params)
        encoded_options = encode(options) if options else b""
        return await channel.operate(
            lambda key: channel.session.request(key, operation, encoded, encoded_options), listener
        )

    async def close(self, deadline: float) -> None:
        """Ends the connection, and the server process when there is one. Idempotent."""
        channel, self._channel = self._channel, None
        serving, self._serving = self._serving, None
        try:
            if channel is not None and channel.attached:
                await channel.close(deadline)
        finally:
            if serving is not None and self._server is not None:
                await self._server._release(serving)

    def __del__(self) -> None:
        if sys.is_finalizing():
            # The runtime has ended, and everything with it.
            return
        channel = getattr(self, "_channel", None)
        if channel is None or not channel.attached or channel.closed.done():
            return
        warnings.warn("a connected dovetail.Client was never closed", ResourceWarning, stacklevel=2, source=self)
        # The process may be a forked child, which has nothing to close.
        with contextlib.suppress(DovetailError):
            channel.abandon()


class _Answers:
    """Answers the questions of a server with the handler of the user.

    Not a method of the connection: the channel would keep a forgotten client alive.
    """

    def __init__(self, channel: Channel, on_elicit: OnElicit) -> None:
        self._channel = channel
        self._on_elicit = on_elicit

    def __call__(self, call: int, payload: bytes) -> asyncio.Task[None]:
        return self._channel.loop.create_task(self._answer(call, payload))

    async def _answer(self, call: int, payload: bytes) -> None:
        session = self._channel.session
        # A stale call has nobody to tell.
        with contextlib.suppress(DovetailError):
            try:
                answer = self._on_elicit(_read_question(payload))
                if inspect.isawaitable(answer):
                    answer = await answer
                body = encode(answer_body(answer))
            except (Exception, asyncio.CancelledError) as error:
                session.fail(call, describe(error))
                if isinstance(error, asyncio.CancelledError):
                    raise
                return
            session.reply(call, Shape.VALUE, body)
