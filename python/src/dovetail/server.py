"""The server: typed functions become tools, resources and prompts. Owns the life of one native session."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar, overload

import msgspec

from . import _native
from ._codes import Code, DefaultLimits
from ._duration import milliseconds
from ._models import encode
from ._names import camel, camel_keys
from ._runtime import FIRST_KEY, runtime
from .errors import DovetailError
from .offering import Offering

if TYPE_CHECKING:
    from ._binding import Binding
    from ._channel import Channel
    from .asgi import AsgiApp
    from .layers import Layer

L = TypeVar("L", bound="Layer")

_CLOSE_SECONDS = 5.0


class _Ready(msgspec.Struct):
    url: str


class CacheHint(msgspec.Struct, frozen=True):
    """How long an answer may be kept.

    Attributes:
        ttl: Seconds.
        private: Whether only the one who asked may keep it.
    """

    ttl: float
    private: bool = False

    def body(self) -> dict[str, Any]:
        """The hint as the boundary describes it."""
        return {"ttlMs": round(self.ttl * 1000), "scope": "private" if self.private else "public"}


class Server(Offering):
    """Tools, resources and prompts, served over stdio, over HTTP, or to clients of this process.

    Args:
        name: What the server calls itself.
        version: Its version.
        instructions: How to use it, for a model.
        workers: Threads for blocking handlers, at most (default: 32, or 4 more than there are processors).
        state_keys: Keys that seal what travels through clients between the runs of a handler, such as
            ``k1:<base64>``; servers of one fleet need the same ones.
        call_timeout: Seconds that one run of a handler may take (default: no limit).
        limits: Limits by their names in the documentation, such as ``{"in_flight": 1024}``.
        page_size: How many entries a page of a list has, at most (default: all).
        cache: How long clients may keep answers: `CacheHint` by ``discover``, ``tools``, ``prompts``, ``resources``,
            ``resource_templates`` or ``reads``.
        resumable: Whether connections that broke may be resumed, on protocol revisions that can.
    """

    def __init__(
        self,
        name: str,
        version: str = "0.0.0",
        instructions: str | None = None,
        *,
        workers: int | None = None,
        state_keys: str | None = None,
        call_timeout: float | None = None,
        limits: Mapping[str, int] | None = None,
        page_size: int | None = None,
        cache: Mapping[str, CacheHint] | None = None,
        resumable: bool = False,
    ) -> None:
        super().__init__()
        self._config: dict[str, Any] = {"info": {"name": name, "version": version}}
        if instructions is not None:
            self._config["instructions"] = instructions
        if state_keys is not None:
            self._config["stateKeys"] = state_keys
        if call_timeout is not None:
            self._config["callTimeoutMs"] = milliseconds(call_timeout)
        if limits is not None:
            self._config["limits"] = camel_keys(limits)
        if page_size is not None:
            self._config["pageSize"] = page_size
        if cache is not None:
            self._config["cache"] = {camel(what): hint.body() for what, hint in cache.items()}
        if resumable:
            self._config["resumable"] = True
        self._workers = workers
        self._layers: list[tuple[Layer, Sequence[str] | None]] = []
        self._channel: Channel | None = None
        self._mounted: tuple[Channel, Mapping[str, Any]] | None = None
        self._users = 0

    @overload
    def layer(self, layer: L, /) -> L: ...
    @overload
    def layer(self, layer: None = None, /, *, methods: Sequence[str] | None = None) -> Callable[[L], L]: ...
    def layer(self, layer: Any = None, /, *, methods: Sequence[str] | None = None) -> Any:
        """Puts a function around everything that comes in; used as a decorator, with or without arguments.

            @server.layer
            async def timed(message: Message, next: Next) -> Any:
                started = time.monotonic()
                try:
                    return await next(message)
                finally:
                    print(message.method, time.monotonic() - started)

        See `dovetail.layers.Layer` for what such a function may do. The first one is the outermost.

        Args:
            methods: The protocol methods to see only (default: all).

        Raises:
            RuntimeError: The server is being served.
        """
        if self._open() is not None:
            raise RuntimeError("layers are fixed while a server is being served; register them before")

        def register(function: L) -> L:
            self._layers.append((function, methods))
            return function

        return register if layer is None else register(layer)

    def run(
        self, *, http: str | None = None, on_ready: Callable[[str], None] | None = None, **options: Any
    ) -> None:
        """Serves until the end, outside of any event loop: stdio, or HTTP with ``http="127.0.0.1:8000"``.

        Takes the options of `serve_http`; ``on_ready`` gets the URL. Ctrl-C ends it.
        """
        config = _stdio(**options) if http is None else _http(http, **options)
        try:
            with nullcontext() if http is not None else _stdout_is_taken():
                session = self._begin(config)
                # The slowest part of a start; clients are greeted meanwhile.
                import asyncio

                asyncio.run(self._serve(config, on_ready, session))
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
            _stdio(**options)
            await self.serve_stdio()
        else:
            await self.serve_http(http, on_ready=on_ready, **options)

    async def serve_stdio(self) -> None:
        """Serves standard input and output until the input ends.

        Standard output belongs to the protocol: meanwhile ``print`` writes to standard error.
        """
        with _stdout_is_taken():
            await self._serve(_stdio(), None)

    async def serve_http(
        self,
        address: str,
        *,
        path: str | None = None,
        allowed_hosts: Sequence[str] | None = None,
        allowed_origins: Sequence[str] | None = None,
        sse: bool = False,
        on_ready: Callable[[str], None] | None = None,
    ) -> None:
        """Serves HTTP until the server is closed or the caller is cancelled.

        Args:
            address: ``host:port``; port 0 picks a free one.
            path: Where the endpoint is (default ``/mcp``).
            allowed_hosts: Names under which the server may be addressed, beside its own.
            allowed_origins: Web origins that may call it.
            sse: Serve the endpoints of the oldest protocol revision, too.
            on_ready: Gets the URL when the server listens.

        Raises:
            DovetailError: ``transport`` when the address cannot be listened on.
        """
        config = _http(address, path=path, allowed_hosts=allowed_hosts, allowed_origins=allowed_origins, sse=sse)
        await self._serve(config, on_ready)

    def asgi(
        self,
        *,
        allowed_hosts: Sequence[str] | None = None,
        allowed_origins: Sequence[str] | None = None,
        principal: Callable[[MutableMapping[str, Any]], str | None] | None = None,
    ) -> AsgiApp:
        """The server as an ASGI application, for uvicorn and others, or as a route of Starlette or FastAPI.

            app = server.asgi()                                                  # uvicorn module:app
            Starlette(routes=[Route("/mcp", server.asgi())])                     # beside other routes
            fastapi_app.router.routes.append(Route("/mcp", server.asgi()))

        It answers under every path that leads to it. All applications of a server have the same rules.

        Args:
            allowed_hosts: Names under which the server may be addressed, beside those of this machine's loopback.
            allowed_origins: Web origins that may call it, beside those of loopback.
            principal: Says who sends a request, from the ``scope`` that the host's authentication has filled; sessions
                and what travels through clients are bound to it.
        """
        from .asgi import AsgiApp

        rules = {"exchange": True, **_admission(allowed_hosts, allowed_origins)}
        return AsgiApp(self, rules, principal, self._config.get("limits", {}).get("body", DefaultLimits.BODY))

    async def close(self, deadline: float = _CLOSE_SECONDS) -> None:
        """Stops accepting, lets running calls end for ``deadline`` seconds, then cancels them. Idempotent."""
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.close(deadline)

    def _begin(self, config: Mapping[str, Any]) -> _native.Session | None:
        """Serves a new session, whose calls wait for a channel; none when there is an open one."""
        if self._open() is not None:
            return None
        session = self._open_session()
        session.serve(FIRST_KEY, encode(config))
        return session

    async def _serve(
        self,
        config: Mapping[str, Any],
        on_ready: Callable[[str], None] | None,
        begun: _native.Session | None = None,
    ) -> None:
        channel = self._acquire(begun)

        def ready(kind: int, code: int, payload: bytes) -> None:
            if on_ready is not None:
                on_ready(msgspec.json.decode(payload, type=_Ready).url)

        try:
            start = channel.session.serve if begun is None else _has_begun
            await channel.operate(start, encode(config), listener=ready)
        except DovetailError as error:
            # Closing the server is how serving ends.
            if error.code is not Code.CLOSED:
                raise
        finally:
            await self._release(channel)

    def _open_session(self) -> _native.Session:
        config = {**self._config, **self._offers.definitions()}
        if self._layers:
            config["layers"] = [_seen(number, methods) for number, (_, methods) in enumerate(self._layers)]
        session = _native.server_open(runtime(), encode(config))
        if hidden := self._offers.disabled():
            session.update(encode({"disable": hidden}))
        return session

    def _acquire(self, begun: _native.Session | None = None) -> Channel:
        """The open session, opened for the first who needs it and closed after the last."""
        from asyncio import get_running_loop

        from ._binding import Binding
        from ._channel import Channel

        channel = self._channel
        if channel is not None and channel.loop is not get_running_loop():
            if not channel.loop.is_closed():
                raise RuntimeError("this server is being served by another event loop")
            # That loop ended without closing the server.
            channel.abandon()
            channel = None
        if channel is None:
            channel = Channel()
            if self._layers:
                from .layers import Layers

                channel.on_intercept = Layers(channel, [layer for layer, _ in self._layers])
            self._binding = Binding(channel, self._workers)
            channel.attach(begun or self._open_session(), self._binding.bind(self._offers))
            self._channel, self._users = channel, 0
        self._users += 1
        return channel

    async def _mount(self, rules: Mapping[str, Any]) -> Channel:
        """The open session, whose exchanges keep to the rules from now on."""
        channel = self._acquire()
        if self._mounted != (channel, rules):
            try:
                _, ended = channel.begin(channel.session.serve, encode(rules))
            except DovetailError:
                await self._release(channel)
                raise
            # That it ends with the session is no news.
            ended.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            self._mounted = (channel, rules)
        return channel

    async def _release(self, channel: Channel) -> None:
        if self._channel is channel:
            self._users -= 1
            if self._users == 0:
                await self.close()

    def _open(self) -> tuple[Channel, Binding] | None:
        channel = self._channel
        if channel is None or channel.loop.is_closed():
            return None
        return channel, self._binding


@contextmanager
def _stdout_is_taken() -> Iterator[None]:
    usual, sys.stdout = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout = usual


def _stdio(**unknown: Any) -> dict[str, Any]:
    _refuse("stdio", unknown)
    return {"stdio": True}


def _http(
    address: str,
    *,
    path: str | None = None,
    allowed_hosts: Sequence[str] | None = None,
    allowed_origins: Sequence[str] | None = None,
    sse: bool = False,
    **unknown: Any,
) -> dict[str, Any]:
    _refuse("HTTP", unknown)
    config = {"http": address, **_admission(allowed_hosts, allowed_origins)}
    if path is not None:
        config["path"] = path
    if sse:
        config["sse"] = True
    return config


def _refuse(transport: str, unknown: Mapping[str, Any]) -> None:
    if unknown:
        name = next(iter(unknown))
        raise TypeError(f"{transport} has no option {name!r}; those of HTTP are the arguments of serve_http()")


def _admission(hosts: Sequence[str] | None, origins: Sequence[str] | None) -> dict[str, Any]:
    named = {"allowedHosts": hosts, "allowedOrigins": origins}
    return {name: list(values) for name, values in named.items() if values is not None}


def _has_begun(key: int, config: bytes) -> None:
    """Stands for the start of what `Server._begin` has started."""


def _seen(number: int, methods: Sequence[str] | None) -> int | dict[str, Any]:
    return number if methods is None else {"handler": number, "methods": list(methods)}

