"""Dovetail: Model Context Protocol servers and clients from typed Python functions.

    from dovetail import Server, Client, Context

Names are loaded at their first use, so that ``import dovetail`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._codes import Code
    from .client import Client, Progress
    from .command import Command
    from .context import CallInfo, Context
    from .elicitation import Elicitation, Question
    from .errors import DovetailError, Suspended
    from .result import CallResult, ServerInfo, Tool
    from .server import Server

__all__ = [
    "CallInfo",
    "CallResult",
    "Client",
    "Code",
    "Command",
    "Context",
    "DovetailError",
    "Elicitation",
    "Progress",
    "Question",
    "Server",
    "ServerInfo",
    "Suspended",
    "Tool",
]

_HOMES = {
    "CallInfo": "context",
    "CallResult": "result",
    "Client": "client",
    "Code": "_codes",
    "Command": "command",
    "Context": "context",
    "DovetailError": "errors",
    "Elicitation": "elicitation",
    "Progress": "client",
    "Question": "elicitation",
    "Server": "server",
    "ServerInfo": "result",
    "Suspended": "errors",
    "Tool": "result",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f".{home}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
