"""The client of the shared tests on the official Python SDK:
`client.py [--revision auto|REVISION] cell (URL | -- command arguments…)`; prints one JSON line with what it observed.
"""

import asyncio
import json
import sys
from typing import Any

import mcp_types
from mcp import Client, MCPError, StdioServerParameters
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult

Observed = dict[str, Any]

POLLS = 50


async def accept(_: object, asked: ElicitRequestParams) -> ElicitResult:
    return ElicitResult(action="accept", content={"answer": "yes"})


def connect(revision: str, target: list[str]) -> Client:
    """A client of `URL` or `-- command arguments…`, speaking one revision, or finding out with `auto`."""
    server: StdioServerParameters | str
    match target:
        case ["--", program, *arguments]:
            server = StdioServerParameters(command=program, args=arguments)
        case [url]:
            server = url
        case _:
            sys.exit("a URL, or -- and a command")
    # Of the revisions with a handshake it offers the newest, and no other can be asked for.
    mode = "legacy" if revision == "2025-11-25" else revision
    return Client(server, mode=mode, elicitation_callback=accept)


def data(result: CallToolResult) -> Any:
    """The value of a result: structured, or its text."""
    structured = result.structured_content
    if isinstance(structured, dict) and "result" in structured:
        return structured["result"]
    if structured is not None:
        return structured
    (block,) = result.content
    return block.text if isinstance(block, mcp_types.TextContent) else None


async def value(client: Client, tool: str, **arguments: Any) -> Any:
    return data(await client.call_tool(tool, arguments))


async def failing(client: Client, tool: str, **arguments: Any) -> Observed:
    try:
        result = await client.call_tool(tool, arguments)
    except MCPError as error:
        return {"name": "invalid_params" if error.code == mcp_types.INVALID_PARAMS else "rpc", "detail": error.message}
    return {"name": "tool_error" if result.is_error else "none", "detail": data(result)}


async def cancel(client: Client) -> Observed:
    begun = asyncio.Event()

    async def begin(*_: object) -> None:
        begun.set()

    waiting = asyncio.create_task(client.call_tool("wait", {}, progress_callback=begin))
    # The handler reports progress as its first act: from then on cancelling must reach it.
    await begun.wait()
    waiting.cancel()
    try:
        await waiting
        code = "none"
    except asyncio.CancelledError:
        code = "cancelled"
    for _ in range(POLLS):
        if await value(client, "cancelled") >= 1:
            return {"code": code, "observed": True}
    return {"code": code, "observed": False}


async def cell(revision: str, target: list[str]) -> Observed:
    progress: list[float] = []
    whole = asyncio.Event()

    async def report(step: float, total: float | None, _: str | None) -> None:
        progress.append(step)
        if step == total:
            whole.set()

    async with connect(revision, target) as client:
        count = data(await client.call_tool("count", {"to": 3}, progress_callback=report))
        # The last report may come after the result.
        await whole.wait()
        return {
            "revision": client.protocol_version,
            "count": count,
            "progress": progress,
            "add": await value(client, "add", a=2, b=3),
            "echo": await value(client, "echo", text='ä"\\n€'),
            "cancel": await cancel(client),
            "elicit": await value(client, "ask", what="continue?"),
            "error": await failing(client, "fail"),
            "unknown": await failing(client, "nosuch"),
            "invalid": await failing(client, "add", a="x", b=1),
        }


def main() -> None:
    match sys.argv[1:]:
        case ["--revision", revision, "cell", *target]:
            pass
        case ["cell", *target]:
            revision = "auto"
        case _:
            sys.exit("usage: client.py [--revision auto|REVISION] cell (URL | -- command…)")
    print(json.dumps(asyncio.run(cell(revision, target))))


if __name__ == "__main__":
    main()
