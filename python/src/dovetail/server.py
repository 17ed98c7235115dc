"""The server: typed functions become tools. Owns registration and the life of one native session."""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, TypeVar, overload

import msgspec

from . import _native
from ._channel import Channel, encode
from ._codes import Code
from ._prepare import Prepared, prepare
from ._runtime import runtime
from .blocking import Context as BlockingContext
from .context import Context
from .errors import DovetailError

F = TypeVar("F", bound=Callable[..., Any])

_CLOSE_SECONDS = 5.0


class _Bound(NamedTuple):
    """A tool as the pump of one session calls it."""

    mode: int
    handler: Callable[..., Any]
    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]
    context: Callable[[int], Any] | None
    position: int


class _Ready(msgspec.Struct):
    url: str


class Server:
    """A set of tools, served over stdio, over HTTP, or to clients of this process.

    Args:
        name: What the server calls itself.
        version: Its version.
        instructions: How to use it, for a model.
        workers: Threads for blocking handlers, at most (default: 32, or 4 more than there are processors).
        state_keys: Keys that seal what travels through clients between the runs of a handler, such as
            ``k1:<base64>``; servers of one fleet need the same ones.
        limits: Limits by name, such as ``{"in_flight": 1024}``.
    """

    def __init__(
        self,
        name: str,
        version: str = "0.0.0",
        instructions: str | None = None,
        *,
        workers: int | None = None,
        state_keys: str | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self._config: dict[str, Any] = {"info": {"name": name, "version": version}}
        if instructions is not None:
            self._config["instructions"] = instructions
        if state_keys is not None:
            self._config["stateKeys"] = state_keys
        if limits is not None:
            self._config["limits"] = {_camel(limit): value for limit, value in limits.items()}
        self._workers = workers
        self._tools: dict[str, Prepared] = {}
        self._channel: Channel | None = None
        self._users = 0

    @overload
    def tool(self, handler: F, /) -> F: ...
    @overload
    def tool(
        self,
        handler: None = None,
        /,
        *,
        name: str | None = None,
        description: str | None = None,
        annotations: Mapping[str, Any] | None = None,
        asks: Sequence[str] = (),
        blocking: bool = False,
    ) -> Callable[[F], F]: ...
    def tool(
        self,
        handler: Callable[..., Any] | None = None,
        /,
        *,
        name: str | None = None,
        description: str | None = None,
        annotations: Mapping[str, Any] | None = None,
        asks: Sequence[str] = (),
        blocking: bool = False,
    ) -> Any:
        """Makes a tool of a typed function; used as a decorator, with or without arguments.

        The parameters' types make the input schema, the docstring the description; a result type other than ``str``
        makes an output schema. A parameter of type `Context` gets the context. What the function raises becomes a
        tool error with the exception's text.

        An ``async def`` handler runs in a task of its own. A plain function runs on the event loop and must not
        block it; with ``blocking=True`` it runs on a pool of threads instead.

        Args:
            name: By default the function's.
            description: By default the docstring.
            annotations: Hints for clients, such as ``{"readOnlyHint": True}``.
            asks: What the handler asks its user, such as ``["form"]``: clients that cannot answer are then refused
                before it runs.
            blocking: Run a plain function on the pool of threads.

        Raises:
            TypeError: The signature cannot be a tool; the message says why.
            ValueError: There is a tool of this name.
            RuntimeError: The server is being served.
        """

        def register(function: F) -> F:
            if self._channel is not None:
                raise RuntimeError("register every tool before the server is served")
            tool = prepare(
                function,
                contexts=(Context, BlockingContext),
                name=name,
                description=description,
                annotations=annotations,
                asks=asks,
                blocking=blocking,
            )
            if tool.name in self._tools:
                raise ValueError(f"there is a tool named {tool.name!r} already")
            self._tools[tool.name] = tool
            return function

        return register if handler is None else register(handler)

    def run(
        self, *, http: str | None = None, on_ready: Callable[[str], None] | None = None, **options: Any
    ) -> None:
        """Serves until the end, outside of any event loop: stdio, or HTTP with ``http="127.0.0.1:8000"``.

        Takes the options of `serve_http`; ``on_ready`` gets the URL. Ctrl-C ends it.
        """
        try:
            asyncio.run(self.serve(http=http, on_ready=on_ready, **options))
        except KeyboardInterrupt:
            # The usual way to end a server at a terminal is no error.
            return

    async def serve(
        self, *, http: str | None = None, on_ready: Callable[[str], None] | None = None, **options: Any
    ) -> None:
        """Serves stdio, or HTTP with ``http="127.0.0.1:8000"``, until it is closed or its caller is cancelled.

        Takes the options of `serve_http`; ``on_ready`` gets the URL.
        """
        if http is None:
            if options:
                raise TypeError(f"stdio has no option {next(iter(options))!r}")
            await self.serve_stdio()
        else:
            await self.serve_http(http, on_ready=on_ready, **options)

    async def serve_stdio(self) -> None:
        """Serves standard input and output until the input ends.

        Standard output belongs to the protocol: meanwhile ``print`` writes to standard error.
        """
        with _stdout_is_taken():
            await self._serve({"stdio": True}, None)

    async def serve_http(
        self,
        address: str,
        *,
        path: str | None = None,
        allowed_hosts: Sequence[str] | None = None,
        allowed_origins: Sequence[str] | None = None,
        on_ready: Callable[[str], None] | None = None,
    ) -> None:
        """Serves HTTP until the server is closed or the caller is cancelled.

        Args:
            address: ``host:port``; port 0 picks a free one.
            path: Where the endpoint is (default ``/mcp``).
            allowed_hosts: Names under which the server may be addressed, beside its own.
            allowed_origins: Web origins that may call it.
            on_ready: Gets the URL when the server listens.

        Raises:
            DovetailError: ``transport`` when the address cannot be listened on.
        """
        config: dict[str, Any] = {"http": address}
        if path is not None:
            config["path"] = path
        if allowed_hosts is not None:
            config["allowedHosts"] = list(allowed_hosts)
        if allowed_origins is not None:
            config["allowedOrigins"] = list(allowed_origins)
        await self._serve(config, on_ready)

    async def close(self, deadline: float = _CLOSE_SECONDS) -> None:
        """Stops accepting, lets running calls end for ``deadline`` seconds, then cancels them. Idempotent."""
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.close(deadline)

    async def _serve(self, config: Mapping[str, Any], on_ready: Callable[[str], None] | None) -> None:
        channel = self._acquire()
        encoded = encode(config)

        def ready(payload: bytes) -> None:
            if on_ready is not None:
                on_ready(msgspec.json.decode(payload, type=_Ready).url)

        try:
            await channel.operate(lambda key: channel.session.serve(key, encoded), ready)
        except DovetailError as error:
            # Closing the server is how serving ends.
            if error.code is not Code.CLOSED:
                raise
        finally:
            await self._release(channel)

    def _acquire(self) -> Channel:
        """The open session, opened for the first who needs it and closed after the last."""
        channel = self._channel
        if channel is not None and channel.loop is not asyncio.get_running_loop():
            if not channel.loop.is_closed():
                raise RuntimeError("this server is being served by another event loop")
            # That loop ended without closing the server.
            channel.abandon()
            channel = None
        if channel is None:
            channel = Channel()
            config = {**self._config, "tools": [tool.config() for tool in self._tools.values()]}
            session = _native.server_open(runtime(), encode(config))
            channel.attach(session, self._bind(channel))
            self._channel, self._users = channel, 0
        self._users += 1
        return channel

    async def _release(self, channel: Channel) -> None:
        if self._channel is channel:
            self._users -= 1
            if self._users == 0:
                await self.close()

    def _bind(self, channel: Channel) -> list[_Bound]:
        blocking = any(tool.blocking for tool in self._tools.values())
        pool = _Pool(channel, self._workers) if blocking else None
        return [
            _Bound(
                mode=tool.mode,
                handler=tool.handler if pool is None or not tool.blocking else partial(pool.start, tool.handler),
                decode=tool.decode,
                encode=tool.encode,
                context=None if tool.context is None else partial(tool.context, channel),
                position=tool.position,
            )
            for tool in self._tools.values()
        ]


class _Pool:
    """The threads of the blocking handlers of one session."""

    def __init__(self, channel: Channel, workers: int | None) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._loop = channel.loop
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="dovetail-handler")
        channel.closed.add_done_callback(lambda _: self._threads.shutdown(wait=False, cancel_futures=True))

    def start(self, handler: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        return self._loop.run_in_executor(self._threads, contextvars.copy_context().run, handler, *arguments)


@contextmanager
def _stdout_is_taken() -> Iterator[None]:
    usual, sys.stdout = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout = usual


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
