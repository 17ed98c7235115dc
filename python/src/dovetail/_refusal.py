"""Refusals: how what a handler raises becomes the error of a request that has no result for failures, as tools have."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec

from ._codes import Code
from .errors import DovetailError


class Refusal(Exception):
    """Carries a refusal from a handler to the pump."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = _told(error)


def refusal(error: BaseException) -> dict[str, Any]:
    """The failure of a call that refuses its request."""
    told = error.error if isinstance(error, Refusal) else _told(error)
    body: dict[str, Any] = {"kind": "error", "name": told.name, "detail": told.detail}
    if told.rpc is not None:
        body["rpc"] = told.rpc
    return body


def _told(error: BaseException) -> DovetailError:
    """What a peer is told: an error of ours; of any other, which goes to the log, not even the text."""
    if isinstance(error, DovetailError):
        return error
    # Not before there is something to log: its import takes a tenth of a server's start.
    import logging

    logging.getLogger("dovetail").error("a handler failed", exc_info=error)
    return DovetailError(Code.INTERNAL, "the handler failed; its server's log says why")


def refusing(handler: Callable[..., Any]) -> Callable[..., Any]:
    """The same handler, whose errors refuse the request."""
    if inspect.iscoroutinefunction(handler):

        @wraps(handler)
        async def call_async(*arguments: Any) -> Any:
            try:
                return await handler(*arguments)
            except Exception as error:
                raise Refusal(error) from error

        return call_async

    @wraps(handler)
    def call(*arguments: Any) -> Any:
        try:
            result = handler(*arguments)
        except Exception as error:
            raise Refusal(error) from error
        return _later(result) if inspect.isawaitable(result) else result

    return call


async def _later(result: Any) -> Any:
    try:
        return await result
    except Exception as error:
        raise Refusal(error) from error


def reading(decode: Callable[[bytes], Any], code: Code) -> Callable[[bytes], Any]:
    """The same decoder, whose errors refuse the request."""

    def read(json: bytes) -> Any:
        try:
            return decode(json)
        except msgspec.ValidationError as error:
            raise Refusal(DovetailError(code, str(error))) from None

    return read

