"""What a client connects to, as the boundary describes it; and the servers of this process that it keeps open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ._channel import Channel
from .command import Command

if TYPE_CHECKING:
    from .server import Server


class _Status(msgspec.Struct):
    id: int


_read_status = msgspec.json.Decoder(_Status).decode


class Target:
    """One target, or several under names."""

    def __init__(
        self,
        target: str | Command | Server | Mapping[str, str | Command | Server],
        headers: Mapping[str, str] | None,
    ) -> None:
        self._members = target if isinstance(target, Mapping) else {"": target}
        self._group = isinstance(target, Mapping)
        self._headers = dict(headers or {})
        self._held: list[tuple[Server, Channel]] = []
        if not self._members:
            raise ValueError("a group has at least one member")
        for member in self._members.values():
            if not isinstance(member, (str, Command)) and not hasattr(member, "_acquire"):
                raise TypeError(f"a target is a URL, a Command or a Server, not {member!r}")
        if headers and not isinstance(target, str):
            raise TypeError("headers are for one URL")

    def respawn(self) -> bool:
        """Whether commands are started once more.

        Raises:
            ValueError: Some are and some are not.
        """
        said = {member.respawn for member in self._members.values() if isinstance(member, Command)}
        if len(said) > 1:
            raise ValueError("the commands of a group are respawned all of them or none")
        return said != {False}

    def open(self) -> dict[str, Any]:
        """The description; opens the servers of this process."""
        members = {name: self._described(member) for name, member in self._members.items()}
        return {"group": members} if self._group else members[""]

    async def close(self) -> None:
        """Lets go of the servers of this process."""
        held, self._held = self._held, []
        for server, channel in held:
            await server._release(channel)

    def _described(self, member: str | Command | Server) -> dict[str, Any]:
        if isinstance(member, str):
            return {"url": member, "headers": self._headers} if self._headers else {"url": member}
        if isinstance(member, Command):
            return member._target()
        channel = member._acquire()
        self._held.append((member, channel))
        return {"server": _read_status(channel.session.status()).id}
