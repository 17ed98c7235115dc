"""The client of the shared cases: obeys commands, one JSON object a line; see `conformance/cases/README.md`."""

import asyncio
import json
import sys
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Any

from cases.fixture import make
from dovetail import Change, Client, Command, DovetailError, Elicitation, Listening, Progress, Question, Text

Line = dict[str, Any]


def say(line: Line) -> None:
    print(json.dumps(line), flush=True)


def failure(error: BaseException) -> Line:
    if isinstance(error, DovetailError):
        return {"name": error.name, "detail": error.detail}
    if isinstance(error, asyncio.CancelledError):
        return {"name": "cancelled", "detail": "cancelled"}
    return {"name": "broken", "detail": repr(error)}


def target_of(target: Line, respawn: bool) -> Any:
    match target:
        case {"url": url}:
            return url
        case {"command": [program, *arguments]}:
            return Command(program, arguments, respawn=respawn)
        case {"server": options}:
            return make(options)
        case {"group": members}:
            return {name: target_of(member, respawn) for name, member in members.items()}
    raise ValueError(f"no target: {target}")


class Connected:
    """A client, and what its layers saw."""

    def __init__(self, target: Line, options: Line) -> None:
        self.journal: list[str] = []
        given: dict[str, Any] = {}
        for option in ("revision", "cache", "headers"):
            if option in options:
                given[option] = options[option]
        for option, name in (("timeoutMs", "timeout"), ("maxTotalMs", "max_total")):
            if option in options:
                given[name] = options[option] / 1000
        if "resetOnProgress" in options:
            given["reset_on_progress"] = options["resetOnProgress"]
        if options.get("layers"):
            from cases.layers import both

            given["layers"] = both(self.journal)
        if (answers := options.get("answers")) is not None:

            def on_elicit(question: Question) -> Elicitation[Any]:
                say({"event": "question", "message": question.message})
                answer = answers.get(question.message, {"action": "decline"})
                return Elicitation(answer["action"], answer.get("content"))

            given["on_elicit"] = on_elicit
        self.group = "group" in target
        make_client = Client.group if self.group else Client
        self.client = make_client(target_of(target, options.get("respawn", True)), **given)


class Commands:
    """The clients by name, the commands that run, and the streams of changes."""

    def __init__(self) -> None:
        self.clients: dict[str, Connected] = {}
        self.running: dict[int, asyncio.Task[Any]] = {}
        self.streams: dict[int, Listening] = {}

    async def obey(self, line: Line) -> None:
        try:
            say({"id": line["id"], "ok": await getattr(self, "do_" + line["do"])(line)})
        except (Exception, asyncio.CancelledError) as error:
            say({"id": line["id"], "error": failure(error)})
        finally:
            self.running.pop(line["id"], None)

    def client(self, line: Line) -> Client:
        return self.clients[line.get("client", "main")].client

    async def do_connect(self, line: Line) -> Line:
        name = line.get("client", "main")
        connected = self.clients[name] = Connected(line["target"], line.get("options", {}))
        try:
            await connected.client.connect()
        except BaseException:
            del self.clients[name]
            raise
        if connected.group:
            return {"revision": None, "name": "group"}
        info = await connected.client.server_info()
        return {"revision": info.revision, "name": (info.info or {}).get("name")}

    async def do_call(self, line: Line) -> Line:
        client = self.client(line)
        if "timeoutMs" in line:
            client = client.with_options(timeout=line["timeoutMs"] / 1000)
        if line.get("progress"):

            def report(progress: Progress) -> None:
                say({"event": "progress", "of": line["id"], "progress": progress.progress})

            client = client.with_options(on_progress=report)
        call = client.call_raw if line.get("raw") else client.call
        result = await call(line["tool"], line.get("arguments", {}))
        return {"text": result.text, "isError": result.is_error}

    async def do_list(self, line: Line) -> list[str]:
        client = self.client(line)
        match line["what"]:
            case "tools":
                return [tool.name for tool in await client.list_tools()]
            case "resources":
                return [resource.uri for resource in await client.list_resources()]
            case "resource_templates":
                return [template.uri_template for template in await client.list_resource_templates()]
            case "prompts":
                return [prompt.name for prompt in await client.list_prompts()]
        raise ValueError(f"nothing to list: {line['what']}")

    async def do_read(self, line: Line) -> str | None:
        return (await self.client(line).read_resource(line["uri"])).contents[0].text

    async def do_prompt(self, line: Line) -> str | None:
        result = await self.client(line).get_prompt(line["name"], line.get("arguments", {}))
        content = result.messages[0].content
        return content.text if isinstance(content, Text) else None

    async def do_listen(self, line: Line) -> Line:
        wanted = {kind: line.get(kind, False) for kind in ("tools", "prompts", "resources")}
        stream = self.client(line).listen(**wanted, uris=line.get("uris", []))
        await stream.__aenter__()
        self.streams[line["id"]] = stream
        granted = stream.granted
        return {
            "tools": granted.tools,
            "prompts": granted.prompts,
            "resources": granted.resources,
            "uris": granted.uris,
        }

    async def do_next(self, line: Line) -> Line | None:
        change: Change | None = await anext(self.streams[line["of"]], None)
        if change is None:
            return None
        return {"kind": change.kind} if change.uri is None else {"kind": change.kind, "uri": change.uri}

    async def do_stop(self, line: Line) -> None:
        await self.streams.pop(line["of"]).close()

    async def do_cancel(self, line: Line) -> None:
        if (running := self.running.get(line["of"])) is not None:
            running.cancel()

    async def do_journal(self, line: Line) -> list[str]:
        journal = self.clients[line.get("client", "main")].journal
        entries = list(journal)
        journal.clear()
        return entries

    async def do_ping(self, line: Line) -> None:
        await self.client(line).ping()

    async def do_close(self, line: Line) -> None:
        await self.client(line).close()

    async def end(self) -> None:
        """Closes what is open."""
        async with AsyncExitStack() as closing:
            for connected in self.clients.values():
                closing.push_async_callback(connected.client.close)
        await settled(self.running.values())


async def settled(tasks: Any) -> None:
    waiting: list[Awaitable[Any]] = list(tasks)
    await asyncio.gather(*waiting, return_exceptions=True)


async def main() -> None:
    commands = Commands()
    while text := await asyncio.to_thread(sys.stdin.readline):
        line = json.loads(text)
        commands.running[line["id"]] = asyncio.create_task(commands.obey(line))
    await commands.end()


if __name__ == "__main__":
    asyncio.run(main())
