"""The server that the tests call, in this process or as a program: `servers.py` serves it on stdio."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

import dovetail.blocking
from dovetail import Context, Server


@dataclass
class Point:
    x: int
    y: int


class Form(msgspec.Struct):
    answer: str
    often: int | None = None
    size: Literal["small", "large"] = "small"


def make(**options) -> Server:
    """A fresh server with counters of its own."""
    server = Server("tests", "1.2.3", "Ask nicely.", **options)
    counts: Counter[str] = Counter()

    @server.tool
    def add(a: int, b: Annotated[int, msgspec.Meta(description="Second")] = 2) -> int:
        """Add two numbers."""
        return a + b

    @server.tool
    def echo(text: str) -> str:
        return text

    @server.tool
    async def move(point: Point, by: list[Point]) -> Point:
        """Move a point."""
        return Point(point.x + sum(p.x for p in by), point.y + sum(p.y for p in by))

    @server.tool
    async def count(ctx: Context, to: int) -> int:
        for step in range(1, to + 1):
            ctx.progress(step, to, f"step {step}")
            await asyncio.sleep(0)
        return to

    @server.tool
    async def wait() -> str:
        counts["waiting"] += 1
        try:
            return await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            counts["cancelled"] += 1
            raise

    @server.tool
    def counted(what: str) -> int:
        return counts[what]

    @server.tool
    async def ask(what: str, ctx: Context) -> str:
        counts["asked"] += 1
        try:
            answer = await ctx.elicit(what, Form)
        except Exception as error:
            # The end of a run passes by here: only failed answers are seen.
            raise RuntimeError("no answer") from error
        content = answer.content
        return answer.action if content is None else f"{content.answer} {content.often} {content.size}"

    @server.tool
    async def stubborn(ctx: Context) -> str:
        try:
            await ctx.confirm("sure?")
        except BaseException:
            return "swallowed"
        return "answered"

    @server.tool(blocking=True)
    def ask_blocking(ctx: dovetail.blocking.Context) -> str:
        ctx.progress(1)
        return "yes" if ctx.confirm("sure?") else "no"

    @server.tool(blocking=True)
    def wait_blocking(ctx: dovetail.blocking.Context) -> str:
        counts["waiting"] += 1
        while not ctx.cancelled:
            pass
        counts["cancelled"] += 1
        return "late"

    @server.tool(asks=["form"])
    async def declared(ctx: Context) -> str:
        counts["ran"] += 1
        return str(await ctx.confirm("sure?"))

    @server.tool
    def fail(text: str = "it broke") -> str:
        raise ValueError(text)

    @server.tool
    def unwritable():
        return object()

    @server.tool
    def lambda_like(n: int):
        return asyncio.sleep(0, n * 2)

    @server.tool
    async def about(ctx: Context) -> dict[str, str | None]:
        return {"name": ctx.info.name, "revision": ctx.info.revision}

    @server.tool
    async def by_name(first: int, *, second: int, third: int = 3) -> list[int]:
        return [first, second, third]

    return server


if __name__ == "__main__":
    make().run()
