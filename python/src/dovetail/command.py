"""How a server process is started. Owns the description only; the core starts and ends the process."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any


class Command:
    """A program and its arguments: ``Command("npx", ["-y", "some-server"])``.

    No shell sees them and nobody splits them. This type is the only way to start a process; a string is only ever a
    URL.

    Args:
        program: The executable, by path or by name on ``PATH``.
        args: Its arguments, one item each.
        env: Variables to set on top of those the child inherits.
        cwd: The folder to start it in; by default that of this process.
        respawn: Whether a process that exits at the newest way of greeting is started once more for the old one.
    """

    __slots__ = ("args", "cwd", "env", "program", "respawn")

    program: str
    args: tuple[str, ...]
    env: dict[str, str]
    cwd: str | None
    respawn: bool

    def __init__(
        self,
        program: str | os.PathLike[str],
        args: Sequence[str | os.PathLike[str]] = (),
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        respawn: bool = True,
    ) -> None:
        if isinstance(args, (str, bytes)):
            raise TypeError("args is a list of arguments, not a string to be split")
        self.program = os.fspath(program)
        self.args = tuple(os.fspath(arg) for arg in args)
        self.env = dict(env or {})
        self.cwd = None if cwd is None else os.fspath(cwd)
        self.respawn = respawn

    def __repr__(self) -> str:
        # The environment often holds secrets.
        return f"Command({self.program!r}, {list(self.args)!r})"

    def _target(self) -> dict[str, Any]:
        target: dict[str, Any] = {"command": self.program, "args": self.args}
        if self.env:
            target["env"] = self.env
        if self.cwd is not None:
            target["cwd"] = self.cwd
        return target
