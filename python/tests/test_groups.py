"""One client of several servers."""

import sys

import pytest

import dovetail.blocking
from conftest import HERE, serving
from dovetail import Client, Command, DovetailError, Server
from servers import make


def other() -> Server:
    server = Server("other")

    @server.tool
    def add(a: str, b: str) -> str:
        return a + b

    @server.tool
    def subtract(a: int, b: int) -> int:
        return a - b

    @server.resource("note://other")
    def note() -> str:
        return "of the other"

    return server


async def test_names_that_collide_are_told_apart():
    async with Client.group({"one": make(), "two": other()}) as client:
        tools = {tool.name: tool.server for tool in await client.list_tools()}
        assert (tools["one_add"], tools["two_add"], tools["subtract"]) == ("one", "two", "two")
        assert (await client.call("one_add", a=1, b=2)).data == 3
        assert (await client.call("two_add", a="1", b="2")).data == "12"
        assert (await client.call("subtract", a=3, b=1)).data == 2
        assert (await client.read_resource("note://other")).text == "of the other"
        assert (await client.with_options(server="two").call("add", a="a", b="b")).data == "ab"
        servers = (await client.server_info()).servers
        assert servers is not None and {name: (one.info or {})["name"] for name, one in servers.items()} == {
            "one": "tests",
            "two": "other",
        }


async def test_a_group_has_members_of_every_kind():
    command = Command(sys.executable, [HERE / "servers.py"], env={"PYTHONPATH": str(HERE.parent / "src")})
    async with serving(other()) as url, Client.group({"one": command, "two": url, "three": other()}) as client:
        assert (await client.call("one_add", a=1, b=2)).data == 3
        assert (await client.call("two_subtract", a=3, b=1)).data == 2
        assert (await client.call("three_subtract", a=3, b=1)).data == 2


async def test_servers_of_a_group_are_let_go_of():
    one, two = make(), other()
    async with Client.group({"one": one, "two": two}):
        assert one._open() is not None and two._open() is not None
    assert one._open() is None and two._open() is None


async def test_a_member_that_cannot_be_reached_leaves_nothing_open():
    one = make()
    with pytest.raises(DovetailError):
        async with Client.group({"one": one, "two": "http://127.0.0.1:1/mcp"}):
            pass
    assert one._open() is None


def test_what_is_no_group_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        Client.group({})
    with pytest.raises(TypeError, match="one URL"):
        Client.group({"one": "http://127.0.0.1:1/mcp"}, headers={"a": "b"})
    with pytest.raises(ValueError, match="all of them or none"):
        Client.group({"one": Command("a", respawn=False), "two": Command("b")})


def test_a_blocking_client_has_groups():
    with dovetail.blocking.Client.group({"one": make(), "two": other()}) as client:
        assert client.with_options(server="one").call("add", a=1, b=2).data == 3
