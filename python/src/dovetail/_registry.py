"""What a server offers: one table of definitions, and one of the functions behind them, by number.

Owns names and numbers; a number is never used again, so that a late call cannot reach another function.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from ._signature import Prepared

Kind = Literal["tools", "resources", "resourceTemplates", "prompts"]

KINDS: Final[tuple[Kind, ...]] = ("tools", "resources", "resourceTemplates", "prompts")

_NOUNS: Final[dict[Kind, str]] = {
    "tools": "a tool named",
    "resources": "a resource at",
    "resourceTemplates": "a resource template at",
    "prompts": "a prompt named",
}


class Offer(msgspec.Struct):
    """One thing that a server offers.

    Attributes:
        kind: What it is.
        key: Its name or URI.
        definition: How the boundary describes it, numbers included once it is registered.
        main: The function behind it.
        completers: The functions that complete its arguments, by argument.
        enabled: Whether clients see it.
    """

    kind: Kind
    key: str
    definition: dict[str, Any]
    main: Prepared
    completers: Mapping[str, Prepared] = {}
    enabled: bool = True


class Registry:
    """The offers of one server, in the order of their registration."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._offers: dict[Kind, dict[str, Offer]] = {kind: {} for kind in KINDS}

    def __iter__(self) -> Iterator[Offer]:
        for offers in self._offers.values():
            yield from offers.values()

    def add(self, offer: Offer) -> None:
        """Gives the functions of an offer their numbers.

        Raises:
            ValueError: There is one of this name.
        """
        offers = self._offers[offer.kind]
        if offer.key in offers:
            raise ValueError(f"there is {_NOUNS[offer.kind]} {offer.key!r} already")
        offer.definition["handler"] = next(self._numbers)
        if offer.completers:
            offer.definition["completers"] = {name: next(self._numbers) for name in offer.completers}
        offers[offer.key] = offer

    def remove(self, kind: Kind, key: str) -> Offer:
        """Takes an offer back.

        Raises:
            KeyError: There is none of this name.
        """
        self.find(kind, key)
        return self._offers[kind].pop(key)

    def find(self, kind: Kind, key: str) -> Offer:
        """The offer of a name.

        Raises:
            KeyError: There is none.
        """
        try:
            return self._offers[kind][key]
        except KeyError:
            raise KeyError(f"there is no {_NOUNS[kind].split(' ', 1)[1]} {key!r}") from None

    def definitions(self) -> dict[str, list[dict[str, Any]]]:
        """All definitions, as the configuration of a server has them."""
        return {kind: [offer.definition for offer in offers.values()] for kind, offers in self._offers.items()}

    def disabled(self) -> dict[str, list[str]]:
        """The names of what clients do not see."""
        hidden = {
            kind: [offer.key for offer in offers.values() if not offer.enabled]
            for kind, offers in self._offers.items()
        }
        return {kind: keys for kind, keys in hidden.items() if keys}


def handlers(offer: Offer) -> dict[int, Prepared]:
    """The functions of a registered offer, by number."""
    numbers = offer.definition.get("completers", {})
    return {offer.definition["handler"]: offer.main} | {
        numbers[name]: completer for name, completer in offer.completers.items()
    }


def spec(**members: Any) -> dict[str, Any]:
    """The members of a definition that are there."""
    return {name: value for name, value in members.items() if value is not None}
