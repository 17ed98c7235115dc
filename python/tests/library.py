"""A server with resources, prompts, content and questions of every kind."""

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from dovetail import (
    Ask,
    Audio,
    Contents,
    Context,
    Embedded,
    Image,
    Link,
    PromptMessage,
    Server,
    Text,
    ToolResult,
)
from dovetail.blocking import Context as BlockingContext

CITIES = ["lima", "lisbon", "oslo"]


@dataclass
class Person:
    name: str
    age: int = 1


def make() -> Server:
    server = Server("library", page_size=2)
    counts: Counter[str] = Counter()
    add_resources(server)
    add_prompts(server)
    add_content(server)
    add_questions(server, counts)

    @server.tool
    def add_tool(name: str) -> str:
        server.tool(name=name)(lambda: f"I am {name}")
        return name

    @server.tool
    def remove_tool(name: str) -> str:
        server.remove(tool=name)
        return name

    @server.tool
    def touch(uri: str) -> str:
        server.resource_updated(uri)
        return uri

    @server.tool
    def announce() -> str:
        server.announce("prompts", "resources")
        return "announced"

    @server.tool
    def announce_tools() -> str:
        server.announce("tools")
        return "announced"

    @server.tool
    def speak(ctx: Context) -> str:
        ctx.log("debug", "too quiet")
        ctx.log("warning", {"loud": True}, logger="library")
        return "spoken"

    return server


def add_resources(server: Server) -> None:
    @server.resource("lib://text", mime_type="text/plain", title="A text", size=4)
    def text() -> str:
        """Some text."""
        return "text"

    @server.resource("lib://bytes", mime_type="image/png")
    async def octets() -> bytes:
        return b"\x89PNG"

    @server.resource("lib://data", name="numbers")
    def data() -> list[int]:
        return [1, 2]

    @server.resource("lib://many", blocking=True)
    def many(ctx: BlockingContext) -> list[Contents]:
        return [Contents("lib://many/1", text=str(ctx.info.name)), Contents("lib://many/2", blob=b"2")]

    @server.resource("lib://broken")
    def broken() -> str:
        raise RuntimeError("it broke")

    def cities(typed: str, others: Any) -> list[str]:
        return [f"{city}-{others.get('year', '?')}" for city in CITIES if city.startswith(typed)]

    @server.resource_template("lib://weather/{city}/{year}", completions={"city": cities, "year": ["2025", "2026"]})
    async def weather(year: int, ctx: Context, city: str) -> dict[str, Any]:
        """Weather of a year."""
        return {"city": city, "year": year, "name": ctx.info.name}

    @server.resource_template("lib://raw/{name}", mime_type="application/octet-stream")
    def raw(name: str) -> bytes:
        return name.encode()


def add_prompts(server: Server) -> None:
    @server.prompt
    def plain() -> str:
        """Says little."""
        return "plain"

    async def complete(typed: str) -> list[str]:
        return [city for city in CITIES if city.startswith(typed)]

    @server.prompt(title="Trip", completions={"city": complete})
    async def trip(city: Annotated[str, msgspec.Meta(description="Where to")], days: int = 1) -> list[PromptMessage]:
        return [PromptMessage.user(f"{days + 1} days"), PromptMessage.assistant(Image(b"png", "image/png"))]

    @server.prompt
    async def asking(ctx: Context) -> str:
        answer = await ctx.elicit("who?", Person)
        return answer.content.name if answer.content else answer.action


def add_content(server: Server) -> None:
    @server.tool(title="Blocks", icons=[{"src": "data:,x"}], meta={"x": 1}, annotations={"readOnlyHint": True})
    def blocks() -> list[str | Text | Image | Audio | Embedded | Link]:
        return [
            "one",
            Image(b"\x00\xff", "image/png"),
            Audio(b"wav", "audio/wav"),
            Embedded(Contents("lib://text", text="text")),
            Link("lib://bytes", "octets"),
        ]

    @server.tool(output=Person)
    async def whole(wrong: bool) -> ToolResult:
        if wrong:
            return ToolResult("not good", is_error=True)
        return ToolResult(Text("good"), structured=Person("Ada", 36), meta={"seen": True})

    @server.tool
    def untyped():
        return Text("said")


def add_questions(server: Server, counts: Counter[str]) -> None:
    @server.tool
    async def visit(ctx: Context) -> str:
        return (await ctx.elicit_url("pay", "https://example.com/pay")).action

    @server.tool(asks=["sample"])
    async def think(ctx: Context) -> str:
        sample = await ctx.sample("why?", max_tokens=5, system_prompt="short", stop_sequences=["."])
        return f"{sample.model}: {sample.text}"

    @server.tool
    async def where(ctx: Context) -> list[str]:
        return [f"{root.uri} {root.name}" for root in await ctx.list_roots()]

    @server.tool
    async def all_at_once(ctx: Context) -> str:
        answers = await ctx.ask(
            {"who": Ask.form("who?", Person), "what": Ask.sample("what?", max_tokens=1), "where": Ask.roots()}
        )
        return f"{answers['who'].content.name} {answers['what'].text} {answers['where'][0].uri}"

    @server.tool
    async def charge(ctx: Context) -> list[int]:
        async def pay() -> Person:
            counts["paid"] += 1
            return Person("receipt", counts["paid"])

        before = await ctx.step("pay", pay, Person)
        sure = await ctx.confirm("sure?")
        after = await ctx.step("count", lambda: counts["paid"])
        return [before.age, after, int(sure)]

    @server.tool(blocking=True)
    def blocking_charge(ctx: BlockingContext) -> list[int]:
        def pay() -> int:
            counts["blocking"] += 1
            return counts["blocking"]

        paid = ctx.step("pay", pay)
        ctx.log("warning", "charging")
        answers = ctx.ask({"who": Ask.form("who?", Person)})
        roots = ctx.list_roots()
        text = ctx.sample("why?", max_tokens=1).text
        return [paid, len(answers["who"].content.name), len(roots), len(text)]
