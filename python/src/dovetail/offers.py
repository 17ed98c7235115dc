"""What servers offer, as they describe it, and what reading it gives."""

from __future__ import annotations

from typing import Any

import msgspec

from .content import Contents, PromptMessage, read_block


class Described(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What all descriptions of servers have in common.

    Attributes:
        title: A name to show.
        description: What it is.
        icons: Pictures to show.
        meta: What the server adds.
        server: The member that it is of, in a group.
    """

    title: str | None = None
    description: str | None = None
    icons: list[dict[str, Any]] = []
    meta: dict[str, Any] | None = msgspec.field(name="_meta", default=None)
    server: str | None = None


class Tool(Described, frozen=True):
    """A tool as its server describes it.

    Attributes:
        name: What to call it by.
        input_schema: JSON Schema of the arguments.
        output_schema: JSON Schema of the structured result, when there is one.
        annotations: Hints such as ``readOnlyHint``; not to be trusted.
    """

    name: str
    input_schema: dict[str, Any] = {}
    output_schema: dict[str, Any] | None = None
    annotations: dict[str, Any] | None = None


class Resource(Described, frozen=True):
    """A resource as its server describes it.

    Attributes:
        uri: What to read it by.
        name: Its name.
        mime_type: Its media type.
        size: Its size in bytes.
        annotations: For whom it is and how much it matters.
    """

    uri: str
    name: str
    mime_type: str | None = None
    size: int | None = None
    annotations: dict[str, Any] | None = None


class ResourceTemplate(Described, frozen=True):
    """A family of resources as its server describes it.

    Attributes:
        uri_template: The pattern of their URIs (RFC 6570).
        name: Its name.
        mime_type: The media type of all of them.
        annotations: For whom they are and how much they matter.
    """

    uri_template: str
    name: str
    mime_type: str | None = None
    annotations: dict[str, Any] | None = None


class PromptArgument(msgspec.Struct, frozen=True):
    """An argument of a prompt.

    Attributes:
        name: Its name.
        title: A name to show.
        description: What it is.
        required: Whether the prompt needs it.
    """

    name: str
    title: str | None = None
    description: str | None = None
    required: bool = False


class Prompt(Described, frozen=True):
    """A prompt as its server describes it.

    Attributes:
        name: What to get it by.
        arguments: What it takes, all text.
    """

    name: str
    arguments: list[PromptArgument] = []


class ReadResult(msgspec.Struct, frozen=True):
    """What is behind a URI.

    Attributes:
        contents: The contents, one or several.
        raw: The whole result, untouched.
    """

    contents: list[Contents]
    raw: dict[str, Any]

    @property
    def text(self) -> str:
        """All texts of the contents, one after the other."""
        return "".join(one.text for one in self.contents if one.text is not None)

    @property
    def blob(self) -> bytes:
        """All bytes of the contents, one after the other."""
        return b"".join(one.blob for one in self.contents if one.blob is not None)


class PromptResult(msgspec.Struct, frozen=True):
    """A prompt that was made.

    Attributes:
        messages: What to say to the model.
        description: What it is for.
        raw: The whole result, untouched.
    """

    messages: list[PromptMessage]
    description: str | None
    raw: dict[str, Any]


class Completion(msgspec.Struct, frozen=True, rename="camel"):
    """What an argument may be.

    Attributes:
        values: The first of them.
        total: How many there are, when known.
        has_more: Whether there are more, when known.
    """

    values: list[str]
    total: int | None = None
    has_more: bool | None = None


class _Tools(msgspec.Struct):
    tools: list[Tool]


class _Resources(msgspec.Struct):
    resources: list[Resource]


class _Templates(msgspec.Struct, rename="camel"):
    resource_templates: list[ResourceTemplate]


class _Prompts(msgspec.Struct):
    prompts: list[Prompt]


_decode_tools = msgspec.json.Decoder(_Tools).decode
_decode_resources = msgspec.json.Decoder(_Resources).decode
_decode_templates = msgspec.json.Decoder(_Templates).decode
_decode_prompts = msgspec.json.Decoder(_Prompts).decode
read_completion = msgspec.json.Decoder(Completion).decode


def read_tools(payload: bytes) -> list[Tool]:
    """Reads a list of tools."""
    return _decode_tools(payload).tools


def read_resources(payload: bytes) -> list[Resource]:
    """Reads a list of resources."""
    return _decode_resources(payload).resources


def read_templates(payload: bytes) -> list[ResourceTemplate]:
    """Reads a list of templates."""
    return _decode_templates(payload).resource_templates


def read_prompts(payload: bytes) -> list[Prompt]:
    """Reads a list of prompts."""
    return _decode_prompts(payload).prompts


def read_contents(payload: bytes) -> ReadResult:
    """Reads what reading a resource gave."""
    raw = msgspec.json.decode(payload)
    return ReadResult(msgspec.convert(raw.get("contents", []), list[Contents]), raw)


def read_prompt(payload: bytes) -> PromptResult:
    """Reads a prompt that was made."""
    raw = msgspec.json.decode(payload)
    messages = [PromptMessage(read_block(one["content"]), one["role"]) for one in raw.get("messages", [])]
    return PromptResult(messages, raw.get("description"), raw)
