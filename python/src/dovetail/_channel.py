"""One native session tied to the loop that opened it.

Owns the keys, the futures behind them and the dispatch of everything that is not a call of a tool. Never blocks and
never decides what an event means for the protocol.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from . import _loop, _native
from ._codes import Code, Kind
from ._models import encode
from ._refusal import Refusal, refusal
from ._runtime import FIRST_KEY
from .errors import DovetailError, Suspended, from_body

log = logging.getLogger("dovetail")

Listener = Callable[[int, int, bytes], object]
"""Gets the news of one operation: kind, code and payload of the event."""

_DONE, _CANCELLED, _INPUT = int(Kind.DONE), int(Kind.CANCELLED), int(Kind.INPUT)
_MESSAGE, _LOG, _CLOSED, _INTERCEPT = int(Kind.MESSAGE), int(Kind.LOG), int(Kind.CLOSED), int(Kind.INTERCEPT)
_NEWS = frozenset(map(int, (Kind.PROGRESS, Kind.READY, Kind.CHANGE, Kind.HEAD, Kind.CHUNK)))


class _Line(msgspec.Struct):
    message: str
    level: str = "info"


_read_line = msgspec.json.Decoder(_Line).decode


class Channel:
    """A session, its pump, and the operations that wait for it."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self.loop.create_future()
        self.on_input: Callable[[int, bytes], asyncio.Task[None] | None] | None = None
        self.on_intercept: Callable[[int, int, bytes], asyncio.Task[None]] | None = None
        self.on_message: Callable[[bytes], object] | None = None
        self._keys = itertools.count(FIRST_KEY)
        self._waiting: dict[int, tuple[asyncio.Future[bytes], Listener | None]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._session: _native.Session | None = None
        self._pump: _native.Pump | None = None
        self._unwatch: Callable[[], None] | None = None

    @property
    def session(self) -> _native.Session:
        """The native session."""
        if self._session is None:
            raise RuntimeError("this channel is not attached")
        return self._session

    @property
    def attached(self) -> bool:
        """Whether there is a session."""
        return self._session is not None

    def attach(self, session: _native.Session, handlers: Mapping[int, Any] | None = None) -> None:
        """Starts to receive the events of a session."""
        self._session = session
        self._pump = _native.Pump(
            session,
            self._dispatch,
            handlers or {},
            _loop.spawner(self.loop),
            describe,
            not _loop.watches_descriptors(self.loop),
        )
        self._unwatch = _loop.watch(self.loop, self._pump)

    def adopt(self, handlers: Mapping[int, Any]) -> None:
        """Makes handlers known that were registered later."""
        if self._pump is not None:
            self._pump.adopt(handlers)

    def forget(self, numbers: Iterable[int]) -> None:
        """Lets go of handlers."""
        if self._pump is not None:
            self._pump.forget(list(numbers))

    def begin(
        self, start: Callable[..., object], *arguments: Any, listener: Listener | None = None
    ) -> tuple[int, asyncio.Future[bytes]]:
        """Begins one operation: ``start`` gets its key and the arguments, ``listener`` its news.

        Returns:
            The key, and the payload of the completion that is to come.

        Raises:
            DovetailError: The operation was refused at once.
        """
        if asyncio.get_running_loop() is not self.loop:
            raise RuntimeError("this object belongs to another event loop")
        key = next(self._keys)
        future: asyncio.Future[bytes] = self.loop.create_future()
        self._waiting[key] = (future, listener)
        try:
            start(key, *arguments)
        except BaseException:
            del self._waiting[key]
            raise
        return key, future

    async def operate(
        self, start: Callable[..., object], *arguments: Any, listener: Listener | None = None
    ) -> bytes:
        """Runs one operation as `begin` does; the payload of its completion is the result.

        Cancelling the caller cancels the operation.

        Raises:
            DovetailError: The operation did not succeed.
        """
        key, future = self.begin(start, *arguments, listener=listener)
        try:
            return await future
        except asyncio.CancelledError:
            self.session.cancel(key)
            raise

    async def close(self, deadline: float) -> None:
        """Ends the session and waits until everything of it has ended. Idempotent."""
        self.abandon(deadline)
        await asyncio.shield(self.closed)

    def abandon(self, deadline: float = 0) -> None:
        """Starts to end the session, from any thread, without waiting."""
        if self._session is None or self.closed.done():
            return
        try:
            self._session.close(next(self._keys), int(deadline * 1000))
        except DovetailError as error:
            if error.code is not Code.CLOSED:
                raise

    def _dispatch(self, kind: int, code: int, key: int, payload: bytes) -> None:
        try:
            if kind == _DONE:
                self._complete(code, key, payload)
            elif kind in _NEWS:
                _, listener = self._waiting.get(key, (None, None))
                if listener is not None:
                    listener(kind, code, payload)
            elif kind == _MESSAGE:
                if self.on_message is not None:
                    self.on_message(payload)
            elif kind == _INPUT:
                self._follow(key, None if self.on_input is None else self.on_input(key, payload))
            elif kind == _INTERCEPT:
                self._follow(key, None if self.on_intercept is None else self.on_intercept(code, key, payload))
            elif kind == _CANCELLED:
                if (task := self._tasks.get(key)) is not None:
                    task.cancel()
            elif kind == _LOG:
                line = _read_line(payload)
                log.log(logging.getLevelNamesMapping().get(line.level.upper(), logging.INFO), "%s", line.message)
            elif kind == _CLOSED:
                self._end()
        except Exception as error:
            # A listener of the user's failed; the other events of the batch must not suffer.
            self.loop.call_exception_handler({"message": "dovetail: a callback failed", "exception": error})

    def _complete(self, code: int, key: int, payload: bytes) -> None:
        future, _ = self._waiting.pop(key, (None, None))
        if future is None or future.done():
            return
        if code == 0:
            future.set_result(payload)
        else:
            future.set_exception(from_body(payload))

    def _follow(self, call: int, task: asyncio.Task[None] | None) -> None:
        if task is None:
            self.session.fail(call, encode({"detail": "nobody is there to answer"}))
            return
        self._tasks[call] = task
        task.add_done_callback(lambda _: self._tasks.pop(call, None))

    def _end(self) -> None:
        if self._unwatch is not None:
            self._unwatch()
        if self._pump is not None:
            self._pump.close()
        for task in list(self._tasks.values()):
            task.cancel()
        if not self.closed.done():
            self.closed.set_result(None)


def describe(error: BaseException) -> bytes:
    """The failure of a call: the text of the exception, never its traceback (that goes to the log)."""
    if isinstance(error, Refusal):
        return encode(refusal(error))
    if isinstance(error, Suspended):
        detail = "suspended"
    elif isinstance(error, asyncio.CancelledError):
        detail = "the handler was cancelled"
    else:
        log.info("a handler failed", exc_info=error)
        detail = str(error) or type(error).__name__
    # A lone surrogate has no JSON.
    return encode({"kind": "tool", "detail": detail.encode(errors="replace").decode()})
