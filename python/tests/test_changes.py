"""What changes while a server serves, what it says about that, and what it logs."""

import asyncio
import gc
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import dovetail.blocking
from dovetail import Change, Client, Code, DovetailError, LogMessage, Server
from library import make

async def names(client: Client) -> set[str]:
    return {tool.name for tool in await client.with_options(fresh=True).list_tools()}


async def test_tools_come_and_go(library):
    async with library() as client:
        await client.call("add_tool", name="late")
        assert "late" in await names(client)
        assert (await client.call("late")).data == "I am late"
        await client.call("remove_tool", name="late")
        assert "late" not in await names(client)
        with pytest.raises(DovetailError) as caught:
            await client.call("late")
        assert caught.value.code is Code.UNKNOWN_TOOL


async def test_what_is_disabled_is_hidden():
    server = make()
    server.disable(tool="touch", prompt="plain")
    async with Client(server) as client:
        assert "touch" not in await names(client)
        assert [prompt.name for prompt in await client.list_prompts()] == ["trip", "asking"]
        server.enable(tool="touch")
        assert "touch" in await names(client)
        server.disable(resource="lib://text", resource_template="lib://raw/{name}")
        for uri in ("lib://text", "lib://raw/x"):
            with pytest.raises(DovetailError) as caught:
                await client.read_resource(uri)
            assert caught.value.code is Code.UNKNOWN_RESOURCE
    for wrong in (server.enable, server.disable, server.remove):
        with pytest.raises(KeyError, match="no tool named 'nope'"):
            wrong(tool="nope")
        with pytest.raises(TypeError, match="say what"):
            wrong()


async def test_changes_of_lists_are_told(library):
    async with library() as client:
        async with client.listen(tools=True) as listening:
            await client.call("add_tool", name="late")
            assert await anext(listening) == Change("tools")
        async with client.listen(prompts=True, resources=True) as listening:
            await client.call("announce")
            assert {(await anext(listening)).kind, (await anext(listening)).kind} == {"prompts", "resources"}


async def test_changes_of_a_resource_are_told(library):
    async with library() as client, client.listen(uris=["lib://text"]) as listening:
        await client.call("touch", uri="lib://bytes")
        await client.call("touch", uri="lib://text")
        assert await anext(listening) == Change("resource", "lib://text")


async def test_listening_ends_with_the_connection(library):
    async def follow(listening: AsyncIterator[Change]) -> int:
        return len([change async for change in listening])

    async with library() as client:
        following = asyncio.create_task(follow(client.listen(tools=True)))
        await client.ping()
    assert await following == 0


async def test_nobody_is_told_about_a_forgotten_listener(library):
    reports: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))
    async with library() as client:
        listening = await client.listen(tools=True).__aenter__()
        await client.call("announce_tools")
        assert await anext(listening) == Change("tools")
    del listening
    gc.collect()
    await asyncio.sleep(0)
    assert reports == []


async def test_subscribing_and_stopping(library):
    async with library() as client:
        await client.subscribe("lib://text")
        await client.unsubscribe("lib://text")
        await client.ping()


async def test_logs_come_from_the_level_that_was_asked_for(library):
    logged: list[LogMessage] = []
    async with library(on_log=logged.append, log_level="info") as client:
        await client.call("speak")
    assert logged == [LogMessage("warning", {"loud": True}, "library")]


async def test_the_level_may_change(library):
    logged: list[LogMessage] = []
    async with library(on_log=logged.append, log_level="error") as client:
        await client.call("speak")
        assert logged == []
        await client.set_log_level("debug")
        await client.call("speak")
    assert [message.level for message in logged] == ["debug", "warning"]


def test_blocking_clients_can_do_the_same():
    server = make()
    with dovetail.blocking.Client(server, roots=lambda: ["file:///x"]) as client:
        assert len(client.list_resources()) == 5
        assert len(client.list_resource_templates()) == 2
        assert client.read_resource("lib://text").text == "text"
        assert [prompt.name for prompt in client.list_prompts()] == ["plain", "trip", "asking"]
        assert client.get_prompt("plain").description == "Says little."
        assert client.complete("city", "o", prompt="trip").values == ["oslo"]
        assert client.call("where").data == ["file:///x None"]
        client.subscribe("lib://text")
        client.unsubscribe("lib://text")
        client.set_log_level("info")
        client.ping()
        changes = client.listen(tools=True)
        with ThreadPoolExecutor() as pool:
            change = pool.submit(next, changes)
            # Nobody says when a plain iterator has begun, so this happens until it has.
            while not change.done():
                client.call("announce_tools")
        assert change.result() == Change("tools")
        changes.close()


async def test_a_server_changes_between_two_openings():
    server = Server("twice")
    server.tool(name="a")(lambda: "a")
    async with Client(server) as client:
        server.tool(name="b")(lambda: "b")
        server.remove(tool="a")
        assert await names(client) == {"b"}
    async with Client(server) as client:
        assert await names(client) == {"b"}
        assert (await client.call("b")).data == "b"
