"""The connection that a client and its variants share: opened once, closed once, cleaned up when forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import warnings
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _native
from ._answers import Answers, Inputs
from ._channel import Channel, Listener
from ._codes import Code
from ._models import encode
from ._runtime import runtime
from ._target import Target
from .errors import DovetailError
from .listening import LogMessage, read_message

if TYPE_CHECKING:
    from .layers import Layer

OnLog = Callable[[LogMessage], object]


class Connection:
    """One native client session, from connect to close."""

    def __init__(
        self,
        target: Target,
        config: dict[str, Any],
        inputs: Inputs,
        on_log: OnLog | None,
        layers: Sequence[Layer],
    ) -> None:
        self._target = target
        self._config = config
        self._inputs = inputs
        self._on_log = on_log
        self._layers = layers
        if not target.respawn():
            config["respawn"] = False
        if kinds := inputs.kinds():
            config["inputs"] = kinds
        if layers:
            config["layers"] = list(range(len(layers)))
        self._channel: Channel | None = None
        self._closed = False

    @property
    def channel(self) -> Channel:
        """The open channel.

        Raises:
            DovetailError: ``closed`` after `close`.
        """
        if self._closed:
            raise DovetailError(Code.CLOSED, "this client is closed; connect it again")
        if self._channel is None:
            raise RuntimeError("this client is not connected: use `async with Client(...)` or `await client.connect()`")
        return self._channel

    async def open(self) -> None:
        """Connects; does nothing when that was done before."""
        if self._channel is not None:
            return
        self._closed = False
        channel = Channel()
        channel.on_input = Answers(channel, self._inputs)
        if self._layers:
            from .layers import Layers

            channel.on_intercept = Layers(channel, self._layers)
        if (on_log := self._on_log) is not None:
            channel.on_message = lambda payload: on_log(read_message(payload))
        self._channel = channel
        try:
            config = encode({**self._config, "target": self._target.open()})
            await channel.operate(lambda key: channel.attach(_native.client_open(runtime(), key, config)))
        except BaseException:
            await self.close(0)
            raise

    def request(
        self,
        operation: str,
        params: Mapping[str, Any],
        options: Mapping[str, Any],
        listener: Listener | None = None,
    ) -> Coroutine[Any, Any, bytes]:
        """Runs one operation of the contract; the payload of its completion is the result."""
        channel = self.channel
        return channel.operate(
            channel.session.request,
            operation,
            encode(params),
            encode(options) if options else b"",
            listener=listener,
        )

    async def close(self, deadline: float) -> None:
        """Ends the connection, and the server process when there is one. Idempotent."""
        channel, self._channel = self._channel, None
        self._closed = self._closed or channel is not None
        try:
            if channel is not None and channel.attached:
                await channel.close(deadline)
        finally:
            await self._target.close()

    def __del__(self) -> None:
        if sys.is_finalizing():
            # The runtime has ended, and everything with it.
            return
        channel = getattr(self, "_channel", None)
        if channel is None or not channel.attached or channel.closed.done():
            return
        warnings.warn("a connected dovetail.Client was never closed", ResourceWarning, stacklevel=2, source=self)
        # The process may be a forked child, which has nothing to close.
        with contextlib.suppress(DovetailError):
            channel.abandon()
