"""The same without async: a client for plain programs, and the context of blocking handlers."""

from __future__ import annotations

import asyncio
import copy
import inspect
from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from . import _portal
from .command import Command
from .context import CallInfo
from .context import Context as AsyncContext
from .elicitation import Elicitation, Question
from .result import CallResult, ServerInfo, Tool

if TYPE_CHECKING:
    from ._channel import Channel
    from .client import OnProgress
    from .server import Server

T = TypeVar("T")

__all__ = ["Client", "Context"]


class Client:
    """`dovetail.Client` whose methods wait. Threads may share one.

    Takes the same arguments. ``on_elicit`` runs on a thread of its own and may block; ``on_progress`` runs on the
    thread that serves all blocking clients and must not. Ctrl-C during a call cancels it at the server. A `Server`
    as target is run by that thread, too.
    """

    def __init__(
        self,
        target: str | Command | Server,
        *,
        on_elicit: Callable[[Question], Any] | None = None,
        revision: str = "auto",
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
        respawn: bool = True,
        name: str = "dovetail",
        version: str = "0.1.0",
    ) -> None:
        from .client import Client as AsyncClient

        self._client = AsyncClient(
            target,
            on_elicit=None if on_elicit is None else _on_thread(on_elicit),
            revision=revision,
            timeout=timeout,
            headers=headers,
            respawn=respawn,
            name=name,
            version=version,
        )

    def connect(self) -> None:
        """Connects; does nothing when that was done before."""
        _run(self._client.connect())

    def close(self, deadline: float = 5.0) -> None:
        """Disconnects; running calls get ``deadline`` seconds. Idempotent."""
        _run(self._client.close(deadline))

    def with_options(self, *, timeout: float | None = None, on_progress: OnProgress | None = None) -> Client:
        """A client on the same connection with other options for its calls."""
        client = copy.copy(self)
        client._client = self._client.with_options(timeout=timeout, on_progress=on_progress)
        return client

    def call(self, name: str, arguments: Mapping[str, Any] | None = None, /, **keywords: Any) -> CallResult:
        """Calls a tool with a mapping of arguments, or with keywords; raises what the tool reports as an error."""
        return _run(self._client.call(name, arguments, **keywords))

    def call_raw(self, name: str, arguments: Mapping[str, Any] | None = None, /, **keywords: Any) -> CallResult:
        """As `call`, but an error that the tool reports is a result with ``is_error``."""
        return _run(self._client.call_raw(name, arguments, **keywords))

    def list_tools(self) -> list[Tool]:
        """All tools of the server."""
        return _run(self._client.list_tools())

    def server_info(self) -> ServerInfo:
        """What the server says about itself, and the protocol revision in use."""
        return _run(self._client.server_info())

    def __enter__(self) -> Client:
        self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Context:
    """`dovetail.Context` for handlers registered with ``blocking=True``: its questions wait."""

    __slots__ = ("_context", "_loop")

    def __init__(self, channel: Channel, call: int) -> None:
        self._context = AsyncContext(channel, call)
        self._loop = channel.loop

    @property
    def cancelled(self) -> bool:
        """Whether the caller has gone. Nothing else ends a blocking handler: look at it in long loops."""
        return self._context.cancelled

    @property
    def info(self) -> CallInfo:
        """Revision, client, metadata and so on; read at the first access."""
        return self._context.info

    def progress(self, value: float, total: float | None = None, message: str | None = None) -> None:
        """Tells the caller how far the work is."""
        self._context.progress(value, total, message)

    @overload
    def elicit(self, message: str, schema: type[T], *, name: str | None = None) -> Elicitation[T]: ...
    @overload
    def elicit(
        self, message: str, schema: Mapping[str, Any], *, name: str | None = None
    ) -> Elicitation[dict[str, Any]]: ...
    def elicit(self, message: str, schema: Any, *, name: str | None = None) -> Elicitation[Any]:
        """Asks the user of the caller to fill a form; see `dovetail.Context.elicit`."""
        return _portal.wait_for(self._context.elicit(message, schema, name=name), self._loop)

    def confirm(self, message: str, *, name: str | None = None) -> bool:
        """Asks the user of the caller a yes-or-no question; everything but a yes is ``False``."""
        return _portal.wait_for(self._context.confirm(message, name=name), self._loop)

    def _stop(self) -> None:
        self._context._stop()


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    return _portal.portal().run(coroutine)


def _on_thread(handler: Callable[[Question], Any]) -> Callable[[Question], Any]:
    if inspect.iscoroutinefunction(handler):
        return handler

    async def answer(question: Question) -> Any:
        return await asyncio.to_thread(handler, question)

    return answer
