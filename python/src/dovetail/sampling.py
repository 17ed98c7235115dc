"""Questions to the model of a client and its answers, and the roots of a client, as both sides see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .content import Block, Content, Role, Text, as_block, read_block


class Root(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place that the user of a client works in.

    Attributes:
        uri: Where it is, a ``file:`` URI.
        name: A name to show.
    """

    uri: str
    name: str | None = None


class SampleMessage(msgspec.Struct, frozen=True):
    """A message of a conversation with a model.

    Attributes:
        content: What is said.
        role: Who says it.
    """

    content: list[Block]
    role: Role = "user"

    def body(self) -> dict[str, Any]:
        """The message in the terms of the specification."""
        return {"role": self.role, "content": _one_or_many(self.content)}


class SampleRequest(msgspec.Struct, frozen=True):
    """What a server wants the model of a client to say.

    Attributes:
        messages: The conversation so far.
        max_tokens: The most tokens the answer may have.
        system_prompt: A system prompt; the client may change or drop it.
        temperature: How freely the model may choose.
        stop_sequences: Texts that end the answer.
        tools: Tools that the model may call, as definitions.
        raw: The whole request, untouched.
    """

    messages: list[SampleMessage]
    max_tokens: int
    system_prompt: str | None
    temperature: float | None
    stop_sequences: list[str]
    tools: list[dict[str, Any]]
    raw: dict[str, Any]


class Sample(msgspec.Struct, frozen=True):
    """What a model said.

    Attributes:
        content: The blocks of the answer.
        model: The model that gave it.
        stop_reason: Why it ended, such as ``endTurn`` or ``maxTokens``.
        role: Who says it, the assistant nearly always.
        raw: The whole answer, untouched, when it was received.
    """

    content: list[Block]
    model: str
    stop_reason: str | None = "endTurn"
    role: Role = "assistant"
    raw: dict[str, Any] | None = None

    @classmethod
    def of(cls, text: str, model: str) -> Sample:
        """An answer that is a text."""
        return cls([Text(text)], model)

    @property
    def text(self) -> str:
        """The texts of the answer."""
        return "".join(block.text for block in self.content if isinstance(block, Text))

    def body(self) -> dict[str, Any]:
        """The answer in the terms of the specification."""
        body = {"role": self.role, "content": _one_or_many(self.content), "model": self.model}
        if self.stop_reason is not None:
            body["stopReason"] = self.stop_reason
        return body


Said = str | Content | SampleMessage
"""What a conversation is given as: a string or content alone is said by the user."""


def sample_params(
    messages: Said | Sequence[Said],
    max_tokens: int,
    system_prompt: str | None,
    temperature: float | None,
    stop_sequences: Sequence[str],
    tools: Sequence[Mapping[str, Any]],
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """A request in the terms of the specification."""
    said = [messages] if isinstance(messages, (str, Content, SampleMessage)) else messages
    params: dict[str, Any] = {"messages": [_message(one).body() for one in said], "maxTokens": max_tokens}
    if system_prompt is not None:
        params["systemPrompt"] = system_prompt
    if temperature is not None:
        params["temperature"] = temperature
    if stop_sequences:
        params["stopSequences"] = list(stop_sequences)
    if tools:
        params["tools"] = list(tools)
    params.update(more)
    return params


def read_request(raw: dict[str, Any]) -> SampleRequest:
    """A received request."""
    return SampleRequest(
        messages=[SampleMessage(_blocks(one.get("content")), one.get("role", "user")) for one in raw["messages"]],
        max_tokens=raw["maxTokens"],
        system_prompt=raw.get("systemPrompt"),
        temperature=raw.get("temperature"),
        stop_sequences=raw.get("stopSequences", []),
        tools=raw.get("tools", []),
        raw=raw,
    )


def read_sample(raw: dict[str, Any]) -> Sample:
    """A received answer."""
    return Sample(
        content=_blocks(raw.get("content")),
        model=raw.get("model", ""),
        stop_reason=raw.get("stopReason"),
        role=raw.get("role", "assistant"),
        raw=raw,
    )


def read_roots(raw: dict[str, Any]) -> list[Root]:
    """Received roots."""
    return msgspec.convert(raw.get("roots", []), list[Root])


def _message(said: Said) -> SampleMessage:
    return said if isinstance(said, SampleMessage) else SampleMessage([as_block(said)])


def _blocks(raw: Any) -> list[Block]:
    return [read_block(block) for block in (raw if isinstance(raw, list) else [raw]) if isinstance(block, dict)]


def _one_or_many(blocks: list[Block]) -> Any:
    # One block travels alone, as every revision knows it.
    return blocks[0] if len(blocks) == 1 else blocks
