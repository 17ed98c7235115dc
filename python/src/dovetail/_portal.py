"""The event loop behind blocking clients: one thread per process, started when the first one connects."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from ._runtime import runtime

T = TypeVar("T")

_EXIT_SECONDS = 1.0


def wait_for(coroutine: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
    """Runs a coroutine on the loop of another thread; an exception here, such as Ctrl-C, cancels it there."""
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


class Portal:
    """A running loop on a thread of its own."""

    def __init__(self) -> None:
        self.process = os.getpid()
        # Started first, so that at exit it ends last: nobody is told about connections that end with the process.
        runtime()
        self._started = threading.Event()
        # A daemon, because the interpreter waits for other threads before it runs the exit handler below.
        self._thread = threading.Thread(target=self._main, name="dovetail-blocking", daemon=True)
        self._thread.start()
        self._started.wait()
        atexit.register(self._stop)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine to its end and returns its result."""
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise RuntimeError("a callback of a blocking client cannot use a blocking client")
        return wait_for(coroutine, self._loop)

    def _main(self) -> None:
        # Not asyncio.run: it starts a thread to end with, which an interpreter that exits refuses.
        self._loop = asyncio.new_event_loop()
        self._loop.call_soon(self._started.set)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def _stop(self) -> None:
        if self.process == os.getpid():
            # Whoever still waits is frozen with its thread, and what it waits for need not be reported.
            self._loop.set_exception_handler(lambda *_: None)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_EXIT_SECONDS)


_lock = threading.Lock()
_portal: Portal | None = None


def portal() -> Portal:
    """The portal of this process."""
    global _portal
    with _lock:
        if _portal is None or _portal.process != os.getpid():
            _portal = Portal()
        return _portal
