"""The two tools of the benchmark on FastMCP: `fastmcp_server.py --stdio | --http HOST:PORT [--session]`.

Served as its documentation recommends for speed: plain JSON answers, and no sessions unless they are asked for.
"""

import asyncio
import socket
import sys

import uvicorn
from fastmcp import FastMCP

server: FastMCP = FastMCP("peer")


@server.tool
def echo(text: str) -> str:
    """Returns its text."""
    return text


@server.tool
def add(a: int, b: int) -> int:
    """Adds two integers."""
    return a + b


async def serve_http(address: str, stateless: bool) -> None:
    host, port = address.rsplit(":", 1)
    app = server.http_app(path="/mcp", json_response=True, stateless_http=stateless)
    with socket.create_server((host, int(port))) as listener:
        print(f"listening on http://{host}:{listener.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
        await uvicorn.Server(uvicorn.Config(app, log_level="critical")).serve([listener])


match sys.argv[1:]:
    case ["--stdio"]:
        server.run("stdio", show_banner=False)
    case ["--http", address]:
        asyncio.run(serve_http(address, stateless=True))
    case ["--http", address, "--session"]:
        asyncio.run(serve_http(address, stateless=False))
    case _:
        sys.exit("usage: fastmcp_server.py --stdio | --http HOST:PORT [--session]")
