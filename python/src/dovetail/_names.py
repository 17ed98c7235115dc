"""Names as Python spells them, and as the boundary does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def camel(name: str) -> str:
    """``in_flight`` as ``inFlight``."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def camel_keys(mapping: Mapping[str, T]) -> dict[str, T]:
    """The same with its keys in camel case."""
    return {camel(name): value for name, value in mapping.items()}
