"""Never run: mypy and pyright must find exactly these types."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated, Any, assert_type

from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.routing import Mount, Route

import dovetail.blocking
from dovetail import (
    Ask,
    CallResult,
    Change,
    Client,
    Command,
    Completion,
    Contents,
    Context,
    Elicitation,
    Granted,
    Message,
    Next,
    PromptMessage,
    Root,
    Sample,
    Server,
    Text,
    ToolResult,
)
from dovetail.asgi import AsgiApp

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


@server.resource("a://b")
def read() -> bytes:
    return b""


@server.resource_template("a://{x}/{y}", completions={"x": ["1"], "y": lambda typed: [typed]})
def read_one(x: int, y: str) -> str:
    return y * x


@server.prompt(completions={"topic": lambda typed, others: [typed, *others]})
async def write(topic: str, ctx: Context) -> list[PromptMessage]:
    assert_type(await ctx.elicit_url("?", "https://example.com"), Elicitation[None])
    assert_type(await ctx.sample("?", max_tokens=1), Sample)
    assert_type(await ctx.list_roots(), list[Root])
    assert_type(Ask.form("?", Form), Ask[Elicitation[Form]])
    assert_type(await ctx.step("one", lambda: 1, int), int)
    assert_type(await ctx.step("two", read_later, bytes), bytes)
    ctx.log("info", topic)
    return [PromptMessage.user(Text(topic))]


@server.layer
async def around(message: Message, next: Next) -> Any:
    assert_type(message.params, dict[str, Any])
    assert_type(await next(message), dict[str, Any])
    assert_type(await next({"name": "other"}), dict[str, Any])
    return ToolResult("by itself")


@server.layer(methods=["a/b"])
def passing(message: Message, next: Next) -> Awaitable[Any]:
    return next()


async def grouped() -> None:
    async with Client.group({"one": server, "two": Command("two", respawn=False)}, layers=[around, passing]) as client:
        assert_type(await client.with_options(server="one").call("add", a=1), CallResult)
        async with client.listen(tools=True) as changes:
            assert_type(changes.granted, Granted)
            assert_type(await anext(changes), Change)
    app = server.asgi(allowed_hosts=["a.example"], principal=lambda scope: scope["user"])
    assert_type(app, AsgiApp)
    Starlette(routes=[Route("/mcp", app), Mount("/other", app)])


class Model(BaseModel):
    answer: str


@server.tool
def modelled(it: Annotated[Model, "What"], many: list[Model], more: int = Field(1, ge=1)) -> Model:
    return it


@server.tool(asks=["form"], once=True, blocking=False)
async def with_models(ctx: Context) -> Model:
    assert_type(await ctx.elicit("?", Model), Elicitation[Model])
    return Model(answer="")


server.tool(unknown=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


async def read_later() -> bytes:
    return read()


async def reads() -> None:
    async with Client(server, roots=["file:///x"], on_sample=lambda request: Sample.of("", "m")) as client:
        assert_type((await client.read_resource("a://b")).contents, list[Contents])
        assert_type((await client.get_prompt("write", topic="t")).messages, list[PromptMessage])
        assert_type(await client.complete("x", "", resource_template="a://{x}/{y}"), Completion)
        async for change in client.listen(tools=True):
            assert_type(change, Change)
