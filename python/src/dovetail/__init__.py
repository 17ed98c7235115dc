"""Dovetail: Model Context Protocol servers and clients from typed Python functions.

    from dovetail import Server, Client, Context

Names are loaded at their first use, so that ``import dovetail`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._codes import Code
    from .asking import Ask
    from .client import Client, Progress
    from .command import Command
    from .content import Audio, Content, Contents, Embedded, Image, Link, PromptMessage, Text, ToolResult
    from .context import CallInfo, Context
    from .elicitation import Elicitation, Question
    from .errors import DovetailError, Suspended
    from .layers import Message, Next
    from .listening import Change, Granted, Listening, LogMessage
    from .offers import (
        Completion,
        Prompt,
        PromptArgument,
        PromptResult,
        ReadResult,
        Resource,
        ResourceTemplate,
        Tool,
    )
    from .result import CallResult, ServerInfo
    from .sampling import Root, Sample, SampleMessage, SampleRequest
    from .server import CacheHint, Server

__all__ = [
    "Ask",
    "Audio",
    "CacheHint",
    "CallInfo",
    "CallResult",
    "Change",
    "Client",
    "Code",
    "Command",
    "Completion",
    "Content",
    "Contents",
    "Context",
    "DovetailError",
    "Elicitation",
    "Embedded",
    "Granted",
    "Image",
    "Link",
    "Listening",
    "LogMessage",
    "Message",
    "Next",
    "Progress",
    "Prompt",
    "PromptArgument",
    "PromptMessage",
    "PromptResult",
    "Question",
    "ReadResult",
    "Resource",
    "ResourceTemplate",
    "Root",
    "Sample",
    "SampleMessage",
    "SampleRequest",
    "Server",
    "ServerInfo",
    "Suspended",
    "Text",
    "Tool",
    "ToolResult",
]

_HOMES = {
    "Ask": "asking",
    "Audio": "content",
    "CacheHint": "server",
    "CallInfo": "context",
    "CallResult": "result",
    "Change": "listening",
    "Client": "client",
    "Code": "_codes",
    "Command": "command",
    "Completion": "offers",
    "Content": "content",
    "Contents": "content",
    "Context": "context",
    "DovetailError": "errors",
    "Elicitation": "elicitation",
    "Embedded": "content",
    "Granted": "listening",
    "Image": "content",
    "Link": "content",
    "Listening": "listening",
    "LogMessage": "listening",
    "Message": "layers",
    "Next": "layers",
    "Progress": "client",
    "Prompt": "offers",
    "PromptArgument": "offers",
    "PromptMessage": "content",
    "PromptResult": "offers",
    "Question": "elicitation",
    "ReadResult": "offers",
    "Resource": "offers",
    "ResourceTemplate": "offers",
    "Root": "sampling",
    "Sample": "sampling",
    "SampleMessage": "sampling",
    "SampleRequest": "sampling",
    "Server": "server",
    "ServerInfo": "result",
    "Suspended": "errors",
    "Text": "content",
    "Tool": "offers",
    "ToolResult": "content",
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
