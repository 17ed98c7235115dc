"""What a client gets back: results of calls, and what the server says about itself."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from ._models import converted
from .content import Block, Text, read_block

T = TypeVar("T")


class CallResult(msgspec.Struct, frozen=True):
    """The result of one call of a tool.

    Attributes:
        data: The value that the tool returned, as plain Python: the structured value where the tool has one,
            otherwise its text.
        content: The content blocks, as the server sent them.
        structured: The structured content, or ``None``.
        is_error: Whether the tool reported an error (only `Client.call_raw` returns such results).
        raw: The whole result object, untouched.
    """

    data: Any
    content: list[dict[str, Any]]
    structured: Any
    is_error: bool
    raw: dict[str, Any]

    @property
    def blocks(self) -> list[Block]:
        """The content as `Text`, `Image` and so on; blocks of other kinds are mappings."""
        return [read_block(raw) for raw in self.content]

    @property
    def text(self) -> str:
        """The texts of the content, one after the other."""
        return "".join(block.text for block in self.blocks if isinstance(block, Text))

    def data_as(self, type: type[T]) -> T:
        """The value as a ``type``: a dataclass, a Struct, a ``TypedDict``, a pydantic model, ``list[int]`` and so on.

        Raises:
            msgspec.ValidationError: The value is not one; the message has the path of the fault.
        """
        return converted(self.data, type)


class ServerInfo(msgspec.Struct, frozen=True):
    """What a connected server says about itself.

    Attributes:
        revision: The protocol revision in use.
        info: Name, version and so on.
        capabilities: What it can do.
        instructions: How to use it, for a model.
    """

    revision: str
    info: dict[str, Any] | None = None
    capabilities: dict[str, Any] = {}
    instructions: str | None = None


class _Called(msgspec.Struct):
    result: dict[str, Any]
    data: Any = None


_read_call = msgspec.json.Decoder(_Called).decode
read_server_info = msgspec.json.Decoder(ServerInfo).decode


def read_call(payload: bytes) -> CallResult:
    """Reads the completion of a call."""
    called = _read_call(payload)
    raw = called.result
    return CallResult(
        data=called.data,
        content=raw.get("content", []),
        structured=raw.get("structuredContent"),
        is_error=raw.get("isError", False),
        raw=raw,
    )
