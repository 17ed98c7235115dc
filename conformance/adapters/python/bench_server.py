"""The two tools that the benchmark calls, on a server that starts with nothing else: `bench_server.py [HOST:PORT]`."""

import sys

from dovetail import Server

server = Server("bench", "1.0.0")


@server.tool
def echo(text: str) -> str:
    """Returns its text."""
    return text


@server.tool
def add(a: int, b: int) -> int:
    """Adds two integers."""
    return a + b


server.run(
    http=sys.argv[1] if len(sys.argv) > 1 else None,
    on_ready=lambda url: print("listening on", url, file=sys.stderr, flush=True),
)
