"""News from a server: what changed, and what it logs."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from ._codes import Code, Kind
from .errors import DovetailError

if TYPE_CHECKING:
    from ._connection import Connection

_KEPT = 1024


class Change(msgspec.Struct, frozen=True):
    """What has changed at the server.

    Attributes:
        kind: ``tools``, ``prompts`` or ``resources``: the list; ``resource``: the contents of one.
        uri: Which one.
    """

    kind: Literal["tools", "prompts", "resources", "resource"]
    uri: str | None = None


class Granted(msgspec.Struct, frozen=True):
    """What a server agreed to tell.

    Attributes:
        tools: Changes of its list of tools.
        prompts: Changes of its list of prompts.
        resources: Changes of its list of resources.
        uris: The resources whose contents it watches.
    """

    tools: bool = False
    prompts: bool = False
    resources: bool = False
    uris: list[str] = []


class LogMessage(msgspec.Struct, frozen=True):
    """What a server logs.

    Attributes:
        level: How much it matters.
        data: The message: a text or anything else.
        logger: Who says it.
    """

    level: str
    data: Any
    logger: str | None = None


read_message = msgspec.json.Decoder(LogMessage).decode
_read_granted = msgspec.json.Decoder(Granted).decode
_read_change = msgspec.json.Decoder(Change).decode


class Listening:
    """The changes of a server, as they come: ``async for change in client.listen(tools=True)``.

    It starts with the first iteration and ends with the connection or with `close`. With ``async with`` no change is
    missed: the block begins when the server has begun to tell, and ends it. Changes that nobody fetches are kept, the
    newest 1024 of them.
    """

    def __init__(self, connection: Connection, wanted: dict[str, Any]) -> None:
        self._connection = connection
        self._wanted = wanted
        self._changes: deque[Change] = deque(maxlen=_KEPT)
        self._news = asyncio.Event()
        self._begun = asyncio.Event()
        self._granted = Granted()
        self._task: asyncio.Task[bytes] | None = None

    @property
    def granted(self) -> Granted:
        """What the server agreed to tell; nothing before it has begun to."""
        return self._granted

    async def close(self) -> None:
        """Stops listening. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, DovetailError):
                await self._task

    def __aiter__(self) -> Listening:
        self._start()
        return self

    async def __anext__(self) -> Change:
        task = self._start()
        while not self._changes:
            if task.done():
                if not task.cancelled() and not _ended(task.exception()):
                    task.result()
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._changes.popleft()

    async def __aenter__(self) -> Listening:
        task = self._start()
        await self._begun.wait()
        if task.done():
            task.result()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _start(self) -> asyncio.Task[bytes]:
        if self._task is None:
            listening = self._connection.request("listen", self._wanted, {}, self._heard)
            self._task = asyncio.create_task(listening)
            self._task.add_done_callback(self._over)
        return self._task

    def _over(self, task: asyncio.Task[bytes]) -> None:
        if not task.cancelled():
            # Looked at, so that nobody is told of the end of what nobody follows.
            task.exception()
        self._begun.set()
        self._news.set()

    def _heard(self, kind: int, _: int, payload: bytes) -> None:
        if kind == Kind.READY:
            self._granted = _read_granted(payload)
            self._begun.set()
        else:
            self._changes.append(_read_change(payload))
            self._news.set()


def _ended(error: BaseException | None) -> bool:
    """Whether this is how a connection ends that somebody closed."""
    return isinstance(error, DovetailError) and error.code in (Code.CLOSED, Code.CANCELLED)
