"""Ties the prepared functions of a server to one session: contexts, and the threads of blocking handlers."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from ._channel import Channel
from ._registry import Offer, handlers
from ._signature import Encoded, Prepared


class Bound(NamedTuple):
    """A function as the pump of one session calls it."""

    mode: int
    handler: Callable[..., Any]
    decode: Callable[[bytes], Any]
    encode: Callable[[Any], Encoded]
    context: Callable[[int], Any] | None
    position: int
    texts: bool


class Binding:
    """Binds functions to one channel. Its threads start with the first blocking handler."""

    def __init__(self, channel: Channel, workers: int | None) -> None:
        self._channel = channel
        self._workers = workers
        self._threads: Any = None

    def bind(self, offers: Iterable[Offer]) -> dict[int, Bound]:
        """The functions of offers, by number."""
        return {number: self._bind(one) for offer in offers for number, one in handlers(offer).items()}

    def _bind(self, prepared: Prepared) -> Bound:
        return Bound(
            mode=prepared.mode,
            handler=partial(self._start, prepared.handler) if prepared.blocking else prepared.handler,
            decode=prepared.decode,
            encode=prepared.encode,
            context=None if prepared.context is None else partial(prepared.context, self._channel),
            position=prepared.position,
            texts=prepared.texts,
        )

    def _start(self, handler: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor

            threads = ThreadPoolExecutor(self._workers, thread_name_prefix="dovetail-handler")
            self._channel.closed.add_done_callback(lambda _: threads.shutdown(wait=False, cancel_futures=True))
            self._threads = threads
        run = partial(contextvars.copy_context().run, handler, *arguments)
        return self._channel.loop.run_in_executor(self._threads, run)
