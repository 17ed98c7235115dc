"""Never run: mypy must find exactly these types."""

from dataclasses import dataclass
from typing import Any, assert_type

import dovetail.blocking
from dovetail import CallResult, Client, Context, Elicitation, Server

server = Server("typed")


@dataclass
class Form:
    answer: str


@server.tool
def add(a: int, b: int) -> int:
    return a + b


@server.tool(name="other", asks=["form"])
async def asks(ctx: Context) -> str:
    assert_type(await ctx.elicit("?", Form), Elicitation[Form])
    assert_type((await ctx.elicit("?", Form)).content, Form | None)
    assert_type(await ctx.elicit("?", {"type": "object"}), Elicitation[dict[str, Any]])
    assert_type(await ctx.confirm("?"), bool)
    return ""


assert_type(add(1, 2), int)


async def calls() -> None:
    async with Client(server) as client:
        result = await client.call("add", a=1, b=2)
        assert_type(result, CallResult)
        assert_type(result.data_as(list[int]), list[int])
    with dovetail.blocking.Client(server) as blocking:
        assert_type(blocking.call("add", a=1, b=2), CallResult)
