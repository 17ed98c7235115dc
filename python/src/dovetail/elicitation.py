"""Questions to a user and their answers, as both sides see them."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

import msgspec

T = TypeVar("T")

Action = Literal["accept", "decline", "cancel"]


class Elicitation(msgspec.Struct, Generic[T], frozen=True):
    """What a user answered.

    Attributes:
        action: ``accept``: the form was sent; ``decline``: the user said no; ``cancel``: the user went away.
        content: What the form held when it was accepted, otherwise ``None``.
    """

    action: Action
    content: T | None = None

    @property
    def accepted(self) -> bool:
        """Whether the user sent the form."""
        return self.action == "accept"


class Question(msgspec.Struct, frozen=True):
    """What a server wants to know from the user of a client.

    Attributes:
        message: The text to show.
        schema: JSON Schema of the form: an object with flat properties.
        kind: How to ask: ``form`` or ``url``.
        url: The page to visit, for ``url``.
    """

    message: str
    schema: dict[str, Any] = {}
    kind: str = "form"
    url: str | None = None

    def defaults(self) -> dict[str, Any]:
        """The form as the server would fill it: the default of each property that has one."""
        properties: dict[str, dict[str, Any]] = self.schema.get("properties", {})
        return {name: property["default"] for name, property in properties.items() if "default" in property}


def answer_body(answer: object) -> dict[str, Any]:
    """What an ``on_elicit`` handler returned, as the boundary wants it.

    An `Elicitation` says what it says; ``None`` declines; anything else is the content of an accepted form.
    """
    if answer is None:
        return {"action": "decline"}
    if isinstance(answer, Elicitation):
        body: dict[str, Any] = {"action": answer.action}
        if answer.content is not None:
            body["content"] = answer.content
        return body
    return {"action": "accept", "content": answer}
