"""Content that tools choose themselves, and results as a whole."""

import pytest

from dovetail import Audio, Client, Code, Contents, DovetailError, Embedded, Image, Link, Server, Text
from dovetail.content import read_block
from library import Person


async def test_every_kind_of_content(library):
    async with library() as client:
        result = await client.call("blocks")
    assert result.blocks == [
        Text("one"),
        Image(b"\x00\xff", "image/png"),
        Audio(b"wav", "audio/wav"),
        Embedded(Contents("lib://text", text="text")),
        Link("lib://bytes", "octets"),
    ]
    assert (result.text, result.structured) == ("one", None)


async def test_whole_results(library):
    async with library() as client:
        good = await client.call("whole", wrong=False)
        assert (good.text, good.data_as(Person), good.raw["_meta"]["seen"]) == ("good", Person("Ada", 36), True)
        with pytest.raises(DovetailError) as caught:
            await client.call("whole", wrong=True)
        assert (caught.value.code, caught.value.detail) == (Code.TOOL_ERROR, "not good")
        assert (await client.call("untyped")).text == "said"


async def test_tools_describe_themselves(library):
    async with library() as client:
        tools = {tool.name: tool for tool in await client.list_tools()}
    blocks, whole = tools["blocks"], tools["whole"]
    assert (blocks.title, blocks.output_schema) == ("Blocks", None)
    assert blocks.annotations == {"readOnlyHint": True}
    assert whole.output_schema is not None
    assert set(whole.output_schema["properties"]) == {"name", "age"}


async def test_icons_and_metadata_reach_a_client_of_their_revision(library):
    async with library() as client:
        tools = {tool.name: tool for tool in await client.list_tools()}
    assert tools["blocks"].icons == [{"src": "data:,x"}]
    assert tools["blocks"].meta == {"x": 1}


def test_content_of_unknown_kinds_stays():
    assert read_block({"type": "hologram", "depth": 3}) == {"type": "hologram", "depth": 3}
    assert read_block({"type": "image", "data": "?"}) == {"type": "image", "data": "?"}


@pytest.mark.parametrize("text", ["", 'a "quote", a \\ and\na line \x01', "wörter 🦀", "null", '{"a":1}', "x" * 20_000])
async def test_a_text_arrives_as_it_is(text):
    server = Server("texts")

    @server.tool
    def plain() -> str:
        return text

    @server.tool
    async def later():
        return text

    async with Client(server) as client:
        assert (await client.call("plain")).text == text
        assert (await client.call("later")).text == text


async def test_a_text_that_has_no_utf_8_fails_its_own_call():
    server = Server("texts")

    @server.tool
    def lone() -> str:
        return "\ud800"

    async with Client(server) as client:
        with pytest.raises(DovetailError) as caught:
            await client.call("lone")
        assert caught.value.code == Code.TOOL_ERROR
