"""The server that the shared tests run against: `server.py --stdio`, `server.py --http HOST:PORT`."""

import argparse
import asyncio
import sys
from collections import Counter
from typing import Any

from dovetail import Context, Elicitation, Server

FORM = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}

server = Server("adapter", "1.0.0")
counts: Counter[str] = Counter()


def spoken(answer: Elicitation[dict[str, Any]]) -> str:
    if answer.content is not None:
        return f"accepted: {answer.content['answer']}"
    return {"decline": "declined", "cancel": "cancelled"}[answer.action]


@server.tool
def echo(text: str) -> str:
    """Returns its text."""
    return text


@server.tool
def add(a: int, b: int) -> int:
    """Adds two integers."""
    return a + b


@server.tool
async def count(to: int, ctx: Context) -> int:
    """Counts with progress."""
    for step in range(1, to + 1):
        ctx.progress(step, to)
        await asyncio.sleep(0)
    return to


@server.tool
async def wait(ctx: Context) -> str:
    """Waits until it is cancelled."""
    ctx.progress(1)
    try:
        await asyncio.Event().wait()
        return "never"
    finally:
        counts["cancelled"] += 1


@server.tool
def cancelled() -> int:
    """How many calls of `wait` were cancelled."""
    return counts["cancelled"]


@server.tool
async def ask(what: str, ctx: Context) -> str:
    """Asks its user."""
    return spoken(await ctx.elicit(what, FORM))


@server.tool
async def stubborn(what: str, ctx: Context) -> str:
    """Asks its user and swallows whatever comes of it."""
    try:
        return spoken(await ctx.elicit(what, FORM))
    except BaseException:
        return "swallowed"


@server.tool
async def changing(ctx: Context) -> str:
    """Asks something else in its second run."""
    counts["changing"] += 1
    return spoken(await ctx.elicit(f"question {min(counts['changing'], 2)}", FORM))


@server.tool(asks=["form"])
async def declared(ctx: Context) -> str:
    """Says beforehand that it asks."""
    counts["ran"] += 1
    return spoken(await ctx.elicit("declared", FORM))


@server.tool
def ran() -> int:
    """How often `declared` was run."""
    return counts["ran"]


@server.tool
def fail() -> str:
    """Always fails."""
    raise RuntimeError("it broke")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--stdio", action="store_true")
    where.add_argument("--http", metavar="HOST:PORT")
    server.run(
        http=parser.parse_args().http,
        on_ready=lambda url: print(f"listening on {url}", file=sys.stderr, flush=True),
    )
