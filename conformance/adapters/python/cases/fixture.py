"""The server of the fixture."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

from dovetail import Ask, CacheHint, Code, Context, DovetailError, Elicitation, Server

Options = dict[str, Any]

KNOWN = {"stateKeys", "pageSize", "callTimeoutMs", "limits", "resumable", "sse", "layers", "extra"}


@dataclass
class Day:
    day: str


@dataclass
class Place:
    place: str


@dataclass
class Answer:
    answer: str


def make(options: Options) -> Server:
    """A fresh server with counters of its own."""
    if unknown := options.keys() - KNOWN:
        raise ValueError(f"no such option: {min(unknown)}")
    timeout = options.get("callTimeoutMs")
    server = Server(
        "cases",
        "1.0.0",
        "Cases.",
        state_keys=options.get("stateKeys"),
        page_size=options.get("pageSize"),
        call_timeout=None if timeout is None else timeout / 1000,
        limits=options.get("limits"),
        resumable=options.get("resumable", False),
        cache={"tools": CacheHint(60)},
    )
    counters: Counter[str] = Counter()
    journal: list[str] = []
    if options.get("layers"):
        from cases.layers import both

        for layer in both(journal):
            server.layer(layer)
    add_plain(server, counters, journal)
    add_asking(server, counters)
    add_changing(server)
    if options.get("extra"):
        server.tool(extra)
    add_resources(server)
    add_prompts(server)
    return server


def extra() -> str:
    """Is not always there."""
    return "extra"


def add_plain(server: Server, counters: Counter[str], journal: list[str]) -> None:
    waiting: set[asyncio.Future[str]] = set()

    @server.tool
    def add(a: int, b: int) -> int:
        """Adds two integers."""
        return a + b

    @server.tool
    def fail(message: str) -> str:
        """Fails."""
        raise RuntimeError(message)

    @server.tool
    async def hold(ctx: Context) -> str:
        """Waits for release."""
        released: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        waiting.add(released)
        ctx.progress(1)
        try:
            return await released
        except asyncio.CancelledError:
            counters["cancelled"] += 1
            raise
        finally:
            waiting.discard(released)

    @server.tool
    def release() -> str:
        """Lets every waiting call of hold go."""
        for released in waiting:
            if not released.done():
                released.set_result("released")
        return "ok"

    @server.tool
    def count(of: str) -> int:
        """A counter."""
        return counters[of]

    @server.tool(name="journal")
    def read_journal() -> str:
        """What the layers saw."""
        entries = "; ".join(journal)
        journal.clear()
        return entries


def add_asking(server: Server, counters: Counter[str]) -> None:
    def counted(name: str) -> int:
        counters[name] += 1
        return counters[name]

    @server.tool
    async def book(ctx: Context) -> str:
        """Asks for a day."""
        answer = await ctx.elicit("Which day?", Day)
        if answer.content is not None:
            return f"booked {answer.content.day}"
        return "declined" if answer.action == "decline" else "cancelled"

    @server.tool
    async def pay(ctx: Context) -> str:
        """Charges, and asks before it pays."""
        receipt = await ctx.step("charge", lambda: f"receipt {counted('charged')}", str)
        if not await ctx.confirm("Pay?"):
            return f"kept {receipt}"
        counted("paid")
        return f"paid {receipt}"

    @server.tool
    async def trip(ctx: Context) -> str:
        """Asks twice."""
        start = await ctx.elicit("From?", Place)
        if start.content is None:
            return "no trip"
        await ctx.step("reserve", lambda: bool(counted("reserved")))
        end = await ctx.elicit("To?", Place)
        return "no trip" if end.content is None else f"{start.content.place} to {end.content.place}"

    @server.tool
    async def moody(ctx: Context) -> str:
        """Asks something else in its second run."""
        message = "First?" if counted("moody") == 1 else "Second?"
        answer = await ctx.elicit(message, Answer)
        return "declined" if answer.content is None else f"{message} {answer.content.answer}"

    @server.tool
    async def stubborn(ctx: Context) -> str:
        """Swallows whatever comes of its question."""
        try:
            answer = await ctx.elicit("Sure?", Answer)
        except BaseException:
            try:
                await ctx.step("after", lambda: counted("after"))
            except BaseException:
                pass
            return "swallowed"
        return "declined" if answer.content is None else f"answered {answer.content.answer}"

    @server.tool
    async def both(ctx: Context) -> str:
        """Asks two questions at once."""
        answers = await ctx.ask({"name": Ask.form("Name?", Answer), "sure": Ask.form("Really?", Answer)})
        name: Elicitation[Answer] = answers["name"]
        sure: Elicitation[Answer] = answers["sure"]
        if name.content is None or sure.content is None:
            return "declined"
        return f"{name.content.answer} {sure.content.answer}"

    @server.tool(once=True)
    async def wipe(ctx: Context) -> str:
        """Wipes once."""
        return f"wiped {counted('wiped')}" if await ctx.confirm("Wipe?") else "kept"

    @server.tool
    async def order(item: str, ctx: Context) -> str:
        """Asks about an item."""
        return f"ordered {item}" if await ctx.confirm(f"Order {item}?") else "kept"


def add_changing(server: Server) -> None:
    closing: set[asyncio.Task[None]] = set()

    @server.tool
    def grow() -> str:
        """Adds a tool."""
        server.tool(extra)
        return "ok"

    @server.tool
    def shrink() -> str:
        """Removes it."""
        server.remove(tool="extra")
        return "ok"

    @server.tool
    def touch(uri: str) -> str:
        """Announces a change of a resource."""
        server.resource_updated(uri)
        return "ok"

    @server.tool
    async def quit() -> str:
        """Closes the server."""
        closing.add(asyncio.create_task(server.close(deadline=1)))
        return "ok"


def add_resources(server: Server) -> None:
    @server.resource("note://welcome")
    def welcome() -> str:
        return "Hello"

    @server.resource("note://asking")
    async def asking(ctx: Context) -> str:
        return "read" if await ctx.confirm("Read it?") else "not read"

    @server.resource_template("note://people/{name}")
    def people(name: str) -> str:
        refused = {"nobody": Code.UNKNOWN_RESOURCE, "secret": Code.FORBIDDEN}
        if name in refused:
            raise DovetailError(refused[name], "there is no such note")
        return f"note for {name}"


def add_prompts(server: Server) -> None:
    @server.prompt
    def greet(name: str) -> str:
        """Greets somebody."""
        return f"Greet {name}."

    @server.prompt
    def repeat(times: int) -> str:
        """Says it again."""
        return " ".join(["again"] * times)

    @server.prompt
    async def careful(ctx: Context) -> str:
        """Asks first."""
        return "Going on." if await ctx.confirm("Go on?") else "Stopping."
