"""Errors that users of the package meet. Owns their shape; the codes come from the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ._codes import Code

Retry = Literal["permanent", "temporary", "persistent"]


class DovetailError(Exception):
    """An operation did not succeed.

    Attributes:
        code: Number of the kind of failure, see `Code`.
        name: Its stable name, such as ``tool_error``.
        detail: What happened and what to do, one line, without secrets.
        retry: ``permanent``: do not repeat; ``temporary``: the same may succeed later; ``persistent``: only after
            something outside has changed.
        rpc: The error object of the peer (``code``, ``message``, ``data``), when one came.
        http: The HTTP status, when one came.
        context: Facts by name, for logs.
    """

    code: Code
    name: str
    detail: str
    retry: Retry
    rpc: Mapping[str, Any] | None
    http: int | None
    context: Mapping[str, str]

    def __init__(
        self,
        code: int,
        detail: str,
        *,
        name: str | None = None,
        retry: Retry = "permanent",
        rpc: Mapping[str, Any] | None = None,
        http: int | None = None,
        context: Mapping[str, str] | None = None,
    ) -> None:
        self.code = Code(code)
        self.name = name or self.code.name.lower()
        self.detail = detail
        self.retry = retry
        self.rpc = rpc
        self.http = http
        self.context = context or {}
        super().__init__(f"{self.name}: {detail}")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (int(self.code), self.detail, self.name, self.retry, self.rpc, self.http, self.context))


class Suspended(BaseException):
    """This run of a handler has asked its user a question and is over.

    It passes through handlers as a ``BaseException`` so that ``except Exception`` does not stop it. Nobody needs to
    catch it; use ``finally`` for cleaning up. The handler runs again, from its beginning, when the answer is there.
    """


class _Body(msgspec.Struct):
    code: int
    name: str
    detail: str
    retry: Retry = "permanent"
    rpc: dict[str, Any] | None = None
    http: int | None = None
    context: dict[str, str] = {}


def from_body(body: bytes) -> DovetailError:
    """Reads the error body of the boundary. The native module calls this."""
    read = _decode(body)
    return _rebuild(read.code, read.detail, read.name, read.retry, read.rpc, read.http, read.context)


_decode = msgspec.json.Decoder(_Body).decode


def _rebuild(
    code: int,
    detail: str,
    name: str,
    retry: Retry,
    rpc: Mapping[str, Any] | None,
    http: int | None,
    context: Mapping[str, str],
) -> DovetailError:
    return DovetailError(code, detail, name=name, retry=retry, rpc=rpc, http=http, context=context)
