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
        raw: The whole result object, untouched.
    """

    raw: dict[str, Any] = msgspec.field(name="result")
    data: Any = None

    @property
    def content(self) -> list[dict[str, Any]]:
        """The content blocks, as the server sent them."""
        content: list[dict[str, Any]] = self.raw.get("content", [])
        return content

    @property
    def structured(self) -> Any:
        """The structured content, or ``None``."""
        return self.raw.get("structuredContent")

    @property
    def is_error(self) -> bool:
        """Whether the tool reported an error (only `Client.call_raw` returns such results)."""
        return bool(self.raw.get("isError", False))

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
        servers: The same of each member, in a group.
    """

    revision: str
    info: dict[str, Any] | None = None
    capabilities: dict[str, Any] = {}
    instructions: str | None = None
    servers: dict[str, "ServerInfo"] | None = None


read_call = msgspec.json.Decoder(CallResult).decode
read_server_info = msgspec.json.Decoder(ServerInfo).decode
