"""Content as tools, prompts and resources give it. Owns the shapes; keeps kinds that it does not know as they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

Role = Literal["user", "assistant"]


class Contents(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What is behind the URI of a resource: text, or bytes.

    Attributes:
        uri: The URI.
        text: The text, unless these are bytes.
        blob: The bytes, unless this is text.
        mime_type: The media type.
        meta: What the server adds.
    """

    uri: str
    text: str | None = None
    blob: bytes | None = None
    mime_type: str | None = None
    meta: dict[str, Any] | None = msgspec.field(name="_meta", default=None)


class Content(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel", tag_field="type", kw_only=True):
    """One block of content: `Text`, `Image`, `Audio`, `Embedded` or `Link`.

    Attributes:
        annotations: For whom it is and how much it matters.
        meta: What the sender adds.
    """

    annotations: Mapping[str, Any] | None = None
    meta: Mapping[str, Any] | None = msgspec.field(name="_meta", default=None)


class Text(Content, frozen=True, tag="text"):
    """A text.

    Attributes:
        text: The text.
    """

    text: str


class Image(Content, frozen=True, tag="image"):
    """An image.

    Attributes:
        data: The bytes of the image.
        mime_type: Its media type, such as ``image/png``.
    """

    data: bytes
    mime_type: str


class Audio(Content, frozen=True, tag="audio"):
    """A recording.

    Attributes:
        data: The bytes of the recording.
        mime_type: Its media type, such as ``audio/wav``.
    """

    data: bytes
    mime_type: str


class Embedded(Content, frozen=True, tag="resource"):
    """The contents of a resource, in the place where they are needed.

    Attributes:
        resource: The contents.
    """

    resource: Contents


class Link(Content, frozen=True, tag="resource_link"):
    """A resource to read when it is needed.

    Attributes:
        uri: Its URI.
        name: Its name.
        title: A name to show.
        description: What it is.
        mime_type: Its media type.
        size: Its size in bytes.
        icons: Pictures to show.
    """

    uri: str
    name: str
    title: str | None = None
    description: str | None = None
    mime_type: str | None = None
    size: int | None = None
    icons: Sequence[Mapping[str, Any]] | None = None


Block = Content | dict[str, Any]
"""Content as it was received: blocks of a kind that is not known here stay mappings."""


class PromptMessage(msgspec.Struct, frozen=True):
    """A message of a prompt.

    Attributes:
        content: What is said.
        role: Who says it.
    """

    content: Block
    role: Role = "user"

    @classmethod
    def user(cls, content: str | Block) -> PromptMessage:
        """What the user says."""
        return cls(as_block(content))

    @classmethod
    def assistant(cls, content: str | Block) -> PromptMessage:
        """What the model says."""
        return cls(as_block(content), "assistant")


class ToolResult(msgspec.Struct, frozen=True):
    """A whole result of a tool, for handlers that choose the content themselves.

    Attributes:
        content: The blocks, or one; a string is a `Text`.
        structured: The structured content, of the tool's output schema when it has one.
        is_error: Whether the content tells an error.
        meta: What the server adds.
    """

    content: str | Content | Sequence[str | Content] = ()
    structured: Any = None
    is_error: bool = False
    meta: Mapping[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        """The result in the terms of the specification."""
        one = isinstance(self.content, (str, Content))
        blocks: Sequence[Any] = [self.content] if one else self.content  # type: ignore[assignment]
        body: dict[str, Any] = {"content": [as_block(block) for block in blocks]}
        if self.structured is not None:
            body["structuredContent"] = self.structured
        if self.is_error:
            body["isError"] = True
        if self.meta:
            body["_meta"] = self.meta
        return body


def as_block(content: str | Block) -> Block:
    """A string as the block it means."""
    return Text(content) if isinstance(content, str) else content


_KINDS: dict[str, type[Content]] = {
    "text": Text,
    "image": Image,
    "audio": Audio,
    "resource": Embedded,
    "resource_link": Link,
}


def read_block(raw: dict[str, Any]) -> Block:
    """A received block; one that is not understood stays as it came."""
    kind = _KINDS.get(raw.get("type", ""))
    if kind is None:
        return raw
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError:
        return raw
