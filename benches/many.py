"""A server with as many tools as it is told, for the growth of costs: `many.py HOST:PORT TOOLS`.

Two of them are `echo`, and `announce`, which tells everybody who listens that the list of tools has changed.
"""

import sys

from dovetail import Server

address, tools = sys.argv[1:]
server = Server("many", "1.0.0")


@server.tool
def echo(text: str) -> str:
    """Returns its text."""
    return text


@server.tool
def announce() -> str:
    """Says that the list has changed."""
    server.announce("tools")
    return "told"


def one_of_many(text: str) -> str:
    """One of many; returns its text."""
    return text


for number in range(2, int(tools)):
    server.tool(name=f"tool_{number}")(one_of_many)

server.run(http=address, on_ready=lambda url: print("listening on", url, file=sys.stderr, flush=True))
