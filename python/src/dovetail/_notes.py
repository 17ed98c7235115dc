"""What stands in ``Annotated`` beside a type, in the words of msgspec.

``msgspec.Meta`` stays as it is; a string and ``Doc`` describe; constraints of annotated-types and ``pydantic.Field``
mean what they mean there. Reads them by their attributes, so that nothing of theirs has to be installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

_CONSTRAINTS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern")
_TEXTS = ("title", "description", "examples")


def understood(hint: Any) -> Any:
    """The type with its notes as ``msgspec.Meta``, inside of lists, unions and so on, too."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        base, *notes = arguments
        return noted(understood(base), notes)
    if not arguments or origin is Literal:
        return hint
    inner = tuple(understood(argument) for argument in arguments)
    if inner == arguments:
        return hint
    return reduce(or_, inner) if origin in (Union, UnionType) else origin[inner]


def noted(hint: Any, notes: list[Any]) -> Any:
    """A type with notes on it."""
    said: dict[str, Any] = {}
    for note in notes:
        said.update(_said(note))
    kept = [note for note in notes if isinstance(note, msgspec.Meta)]
    for note in [*([msgspec.Meta(**said)] if said else []), *kept]:
        hint = Annotated[hint, note]
    return hint


def is_field(value: Any) -> bool:
    """Whether this is a ``pydantic.Field(...)``."""
    return type(value).__name__ == "FieldInfo" and _of(value, "pydantic")


def field_default(value: Any) -> Any:
    """The default that a ``pydantic.Field(...)`` names, or ``msgspec.NODEFAULT``."""
    if value.default_factory is not None:
        return value.default_factory()
    return msgspec.NODEFAULT if value.is_required() else value.default


def _said(note: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(note, str):
        yield "description", note
    elif type(note).__name__ == "Doc" and isinstance(getattr(note, "documentation", None), str):
        yield "description", note.documentation
    elif is_field(note):
        for constraint in note.metadata:
            yield from _said(constraint)
        for text in _TEXTS:
            if (value := getattr(note, text, None)) is not None:
                yield text, value
    elif _of(note, "annotated_types") or _of(note, "pydantic"):
        for name in _CONSTRAINTS:
            if (value := getattr(note, name, None)) is not None:
                yield name, value


def _of(value: Any, package: str) -> bool:
    return type(value).__module__.partition(".")[0] == package
