"""The options of what a server offers, each described once: decorators take them, definitions are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from ._completers import Completer


class Described(TypedDict, total=False):
    """What everything has that is offered."""

    name: str | None
    title: str | None
    description: str | None
    icons: Sequence[Mapping[str, Any]] | None
    meta: Mapping[str, Any] | None
    blocking: bool


class Asking(Described, total=False):
    """What may ask its client."""

    asks: Sequence[str]
    open_answers: bool


class ToolOptions(Asking, total=False):
    """The options of a tool."""

    annotations: Mapping[str, Any] | None
    once: bool | None
    input_schema: Mapping[str, Any] | None
    output: Any


class PromptOptions(Asking, total=False):
    """The options of a prompt."""

    completions: Mapping[str, Completer] | None


class ReadOptions(Described, total=False):
    """What resources and their templates have in common."""

    mime_type: str | None
    annotations: Mapping[str, Any] | None


class ResourceOptions(ReadOptions, total=False):
    """The options of a resource."""

    size: int | None


class TemplateOptions(ReadOptions, total=False):
    """The options of a resource template."""

    completions: Mapping[str, Completer] | None


_MEMBERS = {
    "title": "title",
    "icons": "icons",
    "meta": "_meta",
    "once": "once",
    "mime_type": "mimeType",
    "size": "size",
}


def check(options: Mapping[str, Any], known: type, what: str) -> None:
    """Refuses options that there are not, as Python does with parameters.

    Raises:
        TypeError: There is one; the message says which.
    """
    for option in options:
        if option not in known.__annotations__:
            raise TypeError(f"{what}() got an unexpected keyword argument {option!r}")


def members(options: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The members of a definition that options give as they are.

    Raises:
        TypeError: An option cannot be used; the message says which and why.
    """
    given = {member: options[name] for name, member in _MEMBERS.items() if options.get(name) is not None}
    if annotations := options.get("annotations"):
        given["annotations"] = annotations
    if asks := options.get("asks"):
        if isinstance(asks, str):
            raise TypeError(f"{what}: asks is a list, such as ['form']")
        given["asks"] = tuple(asks)
    if options.get("open_answers"):
        given["openAnswers"] = True
    return given
