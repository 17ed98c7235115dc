"""The server of the shared tests on the official Python SDK: `server.py --stdio | --http HOST:PORT [--json]`.

With `--json` it serves as its documentation recommends for speed: no sessions, plain JSON answers.
"""

import asyncio
import socket
import sys
from typing import Annotated

import anyio
import uvicorn
from mcp.server.elicitation import AcceptedElicitation, DeclinedElicitation, ElicitationResult
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.resolve import Elicit, Resolve
from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel

server = MCPServer("peer", log_level="CRITICAL")
counts = {"cancelled": 0}


class Form(BaseModel):
    answer: str


@server.tool(structured_output=False)
def echo(text: str) -> str:
    """Returns its text."""
    return text


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two integers."""
    return a + b


@server.tool()
async def count(to: int, ctx: Context) -> int:
    """Counts with progress."""
    for step in range(1, to + 1):
        await ctx.report_progress(step, to)
    return to


@server.tool()
async def wait(ctx: Context) -> str:
    """Waits until it is cancelled."""
    await ctx.report_progress(1)
    try:
        await anyio.sleep_forever()
    finally:
        counts["cancelled"] += 1


@server.tool()
def cancelled() -> int:
    """How many calls of `wait` were cancelled."""
    return counts["cancelled"]


def question(what: str) -> Elicit[Form]:
    return Elicit(what, Form)


@server.tool(structured_output=False)
def ask(what: str, answer: Annotated[ElicitationResult[Form], Resolve(question)]) -> str:
    """Asks its user."""
    if isinstance(answer, AcceptedElicitation):
        return f"accepted: {answer.data.answer}"
    return "declined" if isinstance(answer, DeclinedElicitation) else "cancelled"


@server.tool()
def fail() -> CallToolResult:
    """Always fails; with an exception its text would have the name of the tool in front."""
    return CallToolResult(content=[TextContent(text="it broke")], is_error=True)


async def serve_http(address: str, json: bool) -> None:
    host, port = address.rsplit(":", 1)
    app = server.streamable_http_app(host=host, json_response=json, stateless_http=json)
    with socket.create_server((host, int(port))) as listener:
        print(f"listening on http://{host}:{listener.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
        await uvicorn.Server(uvicorn.Config(app, log_level="critical")).serve([listener])


def main() -> None:
    match sys.argv[1:]:
        case ["--stdio"]:
            server.run("stdio")
        case ["--http", address]:
            asyncio.run(serve_http(address, json=False))
        case ["--http", address, "--json"]:
            asyncio.run(serve_http(address, json=True))
        case _:
            sys.exit("usage: server.py --stdio | --http HOST:PORT [--json]")


if __name__ == "__main__":
    main()
