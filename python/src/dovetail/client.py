"""The client: calls tools of a server behind a URL, of a server process, or of a server in this process."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec

from ._connection import Connection, OnElicit
from .command import Command
from .result import CallResult, ServerInfo, Tool, read_call, read_server_info, read_tools

if TYPE_CHECKING:
    from .server import Server

_CLOSE_SECONDS = 5.0


class Progress(msgspec.Struct, frozen=True):
    """How far a call is.

    Attributes:
        progress: How much is done.
        total: How much there is, when known.
        message: What is being done.
    """

    progress: float
    total: float | None = None
    message: str | None = None


_read_progress = msgspec.json.Decoder(Progress).decode

OnProgress = Callable[[Progress], object]


class Client:
    """A connection to a server; ``async with Client(...) as client`` opens and closes it.

    Cancelling a coroutine that waits for a call (``task.cancel()``, ``asyncio.timeout()``) cancels the call at the
    server.

    Args:
        target: An http(s) URL, a `Command` to start, or a `Server` of this process. A string is never a command.
        on_elicit: Answers what servers ask the user: gets a `Question`, returns the content of the form, an
            `Elicitation`, or ``None`` to decline; may be a coroutine function. Without it servers are told that
            nobody can be asked.
        revision: The protocol revision to insist on; ``auto`` finds the newest that both sides speak.
        timeout: Seconds for one operation (default: the core's, one minute).
        headers: HTTP headers to send, for instance credentials. For URLs only.
        respawn: Whether a process that exits at the newest way of greeting is started once more for the old one.
        name: What the client calls itself.
        version: Its version.
    """

    def __init__(
        self,
        target: str | Command | Server,
        *,
        on_elicit: OnElicit | None = None,
        revision: str = "auto",
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
        respawn: bool = True,
        name: str = "dovetail",
        version: str = "0.1.0",
    ) -> None:
        config: dict[str, Any] = {"info": {"name": name, "version": version}, "revision": revision}
        if not respawn:
            config["respawn"] = False
        if timeout is not None:
            config["timeoutMs"] = _milliseconds(timeout)
        self._connection = Connection(target, config, headers, on_elicit)
        self._options: dict[str, Any] = {}
        self._on_progress: OnProgress | None = None

    async def connect(self) -> None:
        """Connects, for those who cannot use ``async with``; does nothing when that was done before.

        Raises:
            DovetailError: ``transport``, ``child_exited``, ``negotiation``, ``invalid_argument`` and others.
        """
        await self._connection.open()

    async def close(self, deadline: float = _CLOSE_SECONDS) -> None:
        """Disconnects; running calls get ``deadline`` seconds. Ends the server process of a `Command`. Idempotent."""
        await self._connection.close(deadline)

    def with_options(self, *, timeout: float | None = None, on_progress: OnProgress | None = None) -> Client:
        """A client on the same connection with other options for its calls.

        Args:
            timeout: Seconds for one operation.
            on_progress: Gets the `Progress` of calls, on the event loop. News that were not delivered in time are
                replaced by newer ones.
        """
        client = copy.copy(self)
        client._options = dict(self._options)
        if timeout is not None:
            client._options["timeoutMs"] = _milliseconds(timeout)
        if on_progress is not None:
            client._on_progress = on_progress
        return client

    async def call(self, name: str, arguments: Mapping[str, Any] | None = None, /, **keywords: Any) -> CallResult:
        """Calls a tool with a mapping of arguments, or with keywords.

        Raises:
            DovetailError: ``tool_error`` when the tool reports an error, with its text; otherwise what went wrong.
        """
        return await self._call(name, arguments, keywords, self._options)

    async def call_raw(
        self, name: str, arguments: Mapping[str, Any] | None = None, /, **keywords: Any
    ) -> CallResult:
        """As `call`, but an error that the tool reports is a result with ``is_error``."""
        return await self._call(name, arguments, keywords, {**self._options, "raw": True})

    async def list_tools(self) -> list[Tool]:
        """All tools of the server."""
        return read_tools(await self._connection.request("list_tools", {}, self._options)).tools

    async def server_info(self) -> ServerInfo:
        """What the server says about itself, and the protocol revision in use."""
        return read_server_info(await self._connection.request("server_info", {}, self._options))

    async def _call(
        self,
        name: str,
        arguments: Mapping[str, Any] | None,
        keywords: Mapping[str, Any],
        options: dict[str, Any],
    ) -> CallResult:
        params = {"name": name, "arguments": {**(arguments or {}), **keywords}}
        on_progress = self._on_progress
        if on_progress is None:
            return read_call(await self._connection.request("call_tool", params, options))

        def listener(payload: bytes) -> None:
            on_progress(_read_progress(payload))

        options = {**options, "progress": True}
        return read_call(await self._connection.request("call_tool", params, options, listener))

    async def __aenter__(self) -> Client:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def _milliseconds(seconds: float) -> int:
    if not seconds > 0:
        raise ValueError("a timeout is a positive number of seconds")
    return max(1, round(seconds * 1000))
