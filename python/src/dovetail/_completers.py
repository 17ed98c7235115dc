"""Makes completers of lists and functions."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from typing import Any

import msgspec

from ._codes import Code
from ._models import encode
from ._signature import Prepared

Found = Iterable[str] | Awaitable[Iterable[str]]
Completer = Sequence[str] | Callable[[str], Found] | Callable[[str, Mapping[str, str]], Found]
"""The values to choose from, or a function of what was typed (and of the other arguments, by name)."""


class _Typed(msgspec.Struct):
    value: str


class _TypedAmong(msgspec.Struct):
    value: str
    context: dict[str, str] = {}


def prepare_all(completions: Mapping[str, Completer] | None, known: Set[str], what: str) -> dict[str, Prepared]:
    """The completers of one prompt or template.

    Raises:
        TypeError: One is for an argument that there is not, or is no completer.
    """
    prepared = {}
    for name, completer in (completions or {}).items():
        if name not in known:
            raise TypeError(f"{what}: there is no {name!r} to complete")
        prepared[name] = _prepare(completer, f"the completions of {name!r} of {what}")
    return prepared


def _prepare(completer: Completer, what: str) -> Prepared:
    if isinstance(completer, str) or not (callable(completer) or isinstance(completer, Sequence)):
        raise TypeError(f"{what}: are a list of strings or a function")
    if not callable(completer):
        values = tuple(completer)
        return _prepare(lambda typed: [value for value in values if value.startswith(typed)], what)
    count = len(inspect.signature(completer).parameters)
    if count not in (1, 2):
        raise TypeError(f"{what}: a completer gets what was typed, and perhaps the other arguments")
    payload: type[msgspec.Struct] = _Typed if count == 1 else _TypedAmong
    return Prepared(completer, msgspec.json.Decoder(payload).decode, _encode).refusing(Code.INVALID_PARAMS)


def _encode(values: Any) -> bytes:
    if isinstance(values, str):
        raise TypeError("a completer returns strings, not one string")
    return encode([str(value) for value in values])
