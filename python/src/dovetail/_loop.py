"""How a pump is driven by an asyncio loop: by its reader where it has one, by a waiting coroutine elsewhere."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from ._native import Pump


def watches_descriptors(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop can watch any descriptor, and not sockets only."""
    return type(loop).add_reader is not asyncio.AbstractEventLoop.add_reader


def spawner(loop: asyncio.AbstractEventLoop) -> Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]:
    """Makes tasks of handlers. Their first step runs at once where Python can do that (3.12)."""
    if sys.version_info >= (3, 12):
        return partial(asyncio.Task, loop=loop, eager_start=True)
    return loop.create_task


def watch(loop: asyncio.AbstractEventLoop, pump: Pump) -> Callable[[], None]:
    """Drains the pump whenever it has something; returns what ends that."""
    if watches_descriptors(loop):
        descriptor = pump.fileno()
        loop.add_reader(descriptor, pump.drain)

        def unwatch() -> None:
            if not loop.is_closed():
                loop.remove_reader(descriptor)

        return unwatch
    task = loop.create_task(_receive(loop, pump))

    def cancel() -> None:
        if not loop.is_closed():
            task.cancel()

    return cancel


async def _receive(loop: asyncio.AbstractEventLoop, pump: Pump) -> None:
    with socket.socket(fileno=os.dup(pump.fileno())) as ready:
        ready.setblocking(False)
        while await loop.sock_recv(ready, 4096):
            pump.drain()
