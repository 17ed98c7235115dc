"""Questions that a handler asks its client: what they say, and what type their answers have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

import msgspec

from ._models import converted
from .elicitation import Elicitation
from .sampling import Root, Said, Sample, read_roots, read_sample, sample_params
from .schema import form_of

T = TypeVar("T")
Form = TypeVar("Form")


class Ask(Generic[T]):
    """A question for `Context.ask`; made by `form`, `url`, `sample` and `roots`."""

    __slots__ = ("body", "read")

    def __init__(self, body: dict[str, Any], read: Callable[[Any], T]) -> None:
        self.body = body
        self.read = read

    @overload
    @staticmethod
    def form(message: str, schema: type[Form]) -> Ask[Elicitation[Form]]: ...
    @overload
    @staticmethod
    def form(message: str, schema: Mapping[str, Any]) -> Ask[Elicitation[dict[str, Any]]]: ...
    @staticmethod
    def form(message: str, schema: Any) -> Any:
        """A form for the user; see `Context.elicit`."""
        if isinstance(schema, Mapping):
            return Ask({"kind": "form", "message": message, "schema": schema}, _answer)

        def read(raw: Any) -> Elicitation[Any]:
            answer = _answer(raw)
            if answer.content is None:
                return answer
            return Elicitation(answer.action, converted(answer.content, schema, strict=False))

        return Ask({"kind": "form", "message": message, "schema": form_of(schema)}, read)

    @staticmethod
    def url(message: str, url: str) -> Ask[Elicitation[None]]:
        """A page for the user to visit; see `Context.elicit_url`."""
        return Ask({"kind": "url", "message": message, "url": url}, lambda raw: Elicitation(_answer(raw).action))

    @staticmethod
    def sample(
        messages: Said | Sequence[Said],
        *,
        max_tokens: int,
        system_prompt: str | None = None,
        temperature: float | None = None,
        stop_sequences: Sequence[str] = (),
        tools: Sequence[Mapping[str, Any]] = (),
        more: Mapping[str, Any] | None = None,
    ) -> Ask[Sample]:
        """A question to the model of the client; see `Context.sample`."""
        params = sample_params(
            messages, max_tokens, system_prompt, temperature, stop_sequences, tools, more or {}
        )
        return Ask({"kind": "sample", "params": params}, read_sample)

    @staticmethod
    def roots() -> Ask[list[Root]]:
        """The places that the user works in; see `Context.list_roots`."""
        return Ask({"kind": "roots"}, read_roots)

    @staticmethod
    def confirm(message: str) -> Ask[bool]:
        """A yes-or-no question; alone only, see `Context.confirm`."""
        return Ask({"kind": "confirm", "message": message}, bool)


def _answer(raw: Any) -> Elicitation[Any]:
    return msgspec.convert(raw, Elicitation[Any])
