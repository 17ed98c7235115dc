"""A server as an ASGI application: under uvicorn and its like by itself, under Starlette and FastAPI beside other routes.

Owns the translation between ASGI's messages and the exchange of the core; never looks into a request.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from ._channel import Channel
from ._codes import Code, Kind
from ._models import encode
from .errors import DovetailError

if TYPE_CHECKING:
    from .server import Server

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Principal = Callable[[Scope], str | None]
"""Says who sends a request, as the host found out; ``None`` for anonymous."""

_WAITING = 1024
"""Pieces of one answer that wait for a peer which does not read; one more, and the peer has gone."""


class _Head(msgspec.Struct):
    headers: list[tuple[str, str]]


_read_head = msgspec.json.Decoder(_Head).decode


class AsgiApp:
    """What `Server.asgi` returns. One object serves one event loop at a time.

    It opens the server with the lifespan of its host and closes it at its end. A host that has none for it, such as
    Starlette for what is mounted, has the server opened by the first request; `Server.close` ends it then.
    """

    def __init__(self, server: Server, rules: Mapping[str, Any], principal: Principal | None, limit: int) -> None:
        self._server = server
        self._rules = rules
        self._principal = principal
        self._limit = limit
        self._channel: Channel | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one connection of the host."""
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "lifespan":
            await self._lifespan(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close"})
        else:
            raise RuntimeError(f"this application does not speak {kind}")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._channel = await self._server._mount(self._rules)
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._server._release(self._channel)
        await send({"type": "lifespan.shutdown.complete"})

    async def _opened(self) -> Channel:
        channel = self._channel
        if channel is None or channel.loop.is_closed():
            channel = self._channel = await self._server._mount(self._rules)
        return channel

    def _head(self, scope: Scope) -> bytes:
        headers: Iterable[Sequence[bytes]] = scope["headers"]
        query: bytes = scope.get("query_string", b"")
        head: dict[str, Any] = {
            "method": scope["method"],
            "path": (quote(scope["path"]) or "/") + ("?" + query.decode("latin-1") if query else ""),
            "headers": [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers],
        }
        if self._principal is not None and (principal := self._principal(scope)) is not None:
            head["principal"] = principal
        return encode(head)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive, self._limit)
        if body is None:
            return
        try:
            answer = _Answer(await self._opened())
            answer.begin(self._head(scope), body)
        except DovetailError as error:
            await _refuse(send, error)
            return
        watching = asyncio.create_task(_gone(receive))
        watching.add_done_callback(answer.left)
        try:
            await answer.forward(send)
        except OSError:
            # The peer went away while it was sent to.
            return
        finally:
            answer.abandon()
            watching.cancel()


class _Answer:
    """One request on its way through the core, and the pieces of its answer that have come."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._pieces: deque[bytes] = deque()
        self._news = asyncio.Event()

    def begin(self, head: bytes, body: bytes) -> None:
        session = self._channel.session
        self._key, self._done = self._channel.begin(session.exchange, head, body, listener=self._heard)
        self._done.add_done_callback(lambda _: self._news.set())

    def left(self, watching: asyncio.Task[None]) -> None:
        """Whoever watched the peer has nothing more to watch."""
        if not watching.cancelled():
            # Looked at, so that nobody is told of it: a host that fails here has no peer either.
            watching.exception()
            self.abandon()

    def abandon(self) -> None:
        """The peer has gone; means nothing after the end."""
        if not self._done.done() and not self._channel.closed.done():
            self._channel.session.cancel(self._key)

    async def forward(self, send: Send) -> None:
        """Sends the answer as it comes."""
        while not self._done.done() and not self._status:
            await self._next()
        error = None if not self._done.done() or self._done.cancelled() else self._done.exception()
        if not self._status:
            if isinstance(error, DovetailError) and error.code is not Code.CANCELLED:
                await _refuse(send, error)
            return
        if self._done.done():
            # An answer that is complete tells its length.
            body = b"".join(self._pieces)
            length = (b"content-length", b"%d" % len(body))
            await self._send_head(send, [*self._headers, length])
            await send({"type": "http.response.body", "body": body})
            return
        await self._send_head(send, self._headers)
        while True:
            while self._pieces:
                await send({"type": "http.response.body", "body": self._pieces.popleft(), "more_body": True})
            if self._done.done():
                break
            await self._next()
        await send({"type": "http.response.body", "body": b""})

    async def _next(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def _send_head(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        await send({"type": "http.response.start", "status": self._status, "headers": headers})

    def _heard(self, kind: int, code: int, payload: bytes) -> None:
        if kind == Kind.HEAD:
            self._status = code
            pairs = _read_head(payload).headers
            self._headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
        elif len(self._pieces) < _WAITING:
            self._pieces.append(payload)
        else:
            self.abandon()
        self._news.set()


async def _read(receive: Receive, limit: int) -> bytes | None:
    """The body of a request, or nothing when its peer has gone.

    Of a body that is too large only as much is read as the core needs to refuse it.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        piece: bytes = message.get("body", b"")
        size += len(piece)
        pieces.append(piece)
        if size > limit or not message.get("more_body", False):
            return b"".join(pieces)[: limit + 1]


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, error: DovetailError) -> None:
    """Answers for what did not get as far as the protocol."""
    status = 400 if error.code is Code.INVALID_ARGUMENT else 503
    body = encode({"error": error.name, "detail": error.detail})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
