"""Calls of tools, over every transport and in both eras."""

import asyncio

import pytest

from conftest import serving
from dovetail import Client, Code, Command, DovetailError, Progress, Server
from servers import Point, make


async def until(client: Client, what: str, least: int) -> None:
    for _ in range(200):
        if (await client.call("counted", what=what)).data >= least:
            return
        await asyncio.sleep(0)
    raise AssertionError(f"{what} stayed under {least}")


async def cancel_a_call(client: Client) -> None:
    waiting = asyncio.create_task(client.call("wait"))
    await until(client, "waiting", 1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(client, "cancelled", 1)


async def test_a_typed_tool_returns_a_typed_result(connect):
    async with connect() as client:
        result = await client.call("add", {"a": 1}, b=40)
        assert (result.data, result.structured is not None, result.is_error) == (41, True, False)
        assert result.content[0]["text"] == "41"
        moved = await client.call("move", point={"x": 1, "y": 2}, by=[{"x": 3, "y": 4}, {"x": 5, "y": 6}])
        assert moved.data_as(Point) == Point(9, 12)
        assert (await client.call("by_name", first=1, second=2)).data == [1, 2, 3]


async def test_text_survives_byte_for_byte(connect):
    text = 'ä"\\n€ \u0000 \U0001f600'
    async with connect() as client:
        result = await client.call("echo", text=text)
        assert (result.data, result.structured) == (text, None)


async def test_a_whole_number_written_as_a_float_is_an_integer(connect):
    async with connect() as client:
        assert (await client.call("add", a=1.0, b=2)).data == 3


async def test_progress_grows_and_ends_before_the_result(connect):
    seen: list[Progress] = []
    async with connect() as client:
        assert (await client.with_options(on_progress=seen.append).call("count", to=3)).data == 3
        values = [step.progress for step in seen]
        assert values == sorted(values) and values[-1] == 3
        assert (seen[-1].total, seen[-1].message) == (3, "step 3")
        assert (await client.call("count", to=2)).data == 2
        assert len(seen) == len(values)


async def test_cancelling_the_caller_cancels_the_handler(connect):
    async with connect() as client:
        await cancel_a_call(client)


async def test_a_timeout_is_an_error_and_cancels_the_handler(connect):
    async with connect() as client:
        with pytest.raises(DovetailError) as caught:
            await client.with_options(timeout=0.3).call("wait")
        assert caught.value.code is Code.DEADLINE_EXCEEDED
        await until(client, "cancelled", 1)


async def test_cancelling_reaches_a_blocking_handler(connect):
    async with connect() as client:
        waiting = asyncio.create_task(client.call("wait_blocking"))
        await until(client, "waiting", 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await until(client, "cancelled", 1)


@pytest.mark.parametrize(
    ("tool", "arguments", "code", "detail"),
    [
        ("fail", {}, Code.TOOL_ERROR, "it broke"),
        ("fail", {"text": "lone \\udc80"}, Code.TOOL_ERROR, "lone"),
        ("add", {"a": "x"}, Code.TOOL_ERROR, "/a"),
        ("add", {}, Code.TOOL_ERROR, "a"),
        ("unwritable", {}, Code.TOOL_ERROR, "object"),
        ("nope", {}, None, "nope"),
    ],
)
async def test_what_goes_wrong_is_named(connect, tool, arguments, code, detail):
    async with connect() as client:
        with pytest.raises(DovetailError) as caught:
            await client.call(tool, arguments)
        assert detail in caught.value.detail
        assert "Traceback" not in caught.value.detail
        assert code is None or caught.value.code is code
        assert (await client.call("add", a=1)).data == 3


async def test_call_raw_returns_the_error_of_a_tool(connect):
    async with connect() as client:
        result = await client.call_raw("fail")
        assert result.is_error and result.content[0]["text"] == "it broke"


async def test_a_plain_function_may_return_an_awaitable(connect):
    async with connect() as client:
        assert (await client.call("lambda_like", n=4)).data == "8"


async def test_tools_and_server_describe_themselves(connect):
    async with connect() as client:
        tools = {tool.name: tool for tool in await client.list_tools()}
        assert tools["add"].description == "Add two numbers."
        assert tools["add"].input_schema["properties"]["b"]["description"] == "Second"
        assert tools["add"].output_schema is not None and tools["echo"].output_schema is None
        info = await client.server_info()
        assert info.info == {"name": "tests", "version": "1.2.3"} and info.instructions == "Ask nicely."
        about = (await client.call("about")).data
        assert about == {"name": "about", "revision": info.revision}


async def test_many_calls_at_once_all_get_their_own_answer(connect):
    async with connect() as client:
        results = await asyncio.gather(*(client.call("add", a=n, b=n) for n in range(200)))
        assert [result.data for result in results] == [2 * n for n in range(200)]


async def test_a_string_is_never_a_command():
    for text in ("npx some-server", "file:///bin/sh", "/bin/sh"):
        with pytest.raises(DovetailError) as caught:
            await Client(text).connect()
        assert caught.value.code is Code.INVALID_ARGUMENT
    with pytest.raises(TypeError, match="not a string to be split"):
        Command("sh", "-c true")
    with pytest.raises(TypeError, match="a URL, a Command or a Server"):
        Client(object())  # type: ignore[arg-type]


async def test_a_child_that_dies_says_why():
    with pytest.raises(DovetailError) as caught:
        await Client(Command("python3", ["-c", "import sys; sys.exit('no such luck')"])).connect()
    assert caught.value.code is Code.CHILD_EXITED
    assert "no such luck" in caught.value.detail


async def test_an_address_in_use_is_an_error():
    async with serving(make()) as url:
        with pytest.raises(DovetailError) as caught:
            await make().serve_http(url.split("/")[2])
        assert caught.value.code is Code.TRANSPORT


async def test_a_closed_client_says_so(connect):
    client = connect()
    with pytest.raises(RuntimeError, match="not connected"):
        await client.call("add", a=1)
    async with client:
        pass
    await client.close()
    with pytest.raises(DovetailError, match="connect it again") as caught:
        await client.call("add", a=1)
    assert caught.value.code is Code.CLOSED
    async with client:
        assert (await client.call("add", a=1)).data == 3


async def test_closing_ends_what_waits(connect):
    async with connect() as client:
        waiting = asyncio.create_task(client.call("wait"))
        await until(client, "waiting", 1)
        await client.close(0.1)
        with pytest.raises(DovetailError) as caught:
            await waiting
        assert caught.value.code is Code.CLOSED


async def test_cancelling_serve_ends_the_server_and_its_handlers():
    server = make()
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serve = asyncio.create_task(server.serve(http="127.0.0.1:0", on_ready=ready.set_result))
    async with Client(await ready) as client:
        waiting = asyncio.create_task(client.call_raw("wait"))
        await until(client, "waiting", 1)
        serve.cancel()
        await server.close(0.1)
        with pytest.raises(asyncio.CancelledError):
            await serve
        try:
            assert (await waiting).is_error
        except DovetailError as error:
            assert error.code in (Code.CLOSED, Code.TRANSPORT)
    again = asyncio.create_task(server.serve(http="127.0.0.1:0"))
    await asyncio.sleep(0)
    await server.close()
    await again


async def test_a_name_is_registered_once():
    server = make()
    with pytest.raises(ValueError, match="already"):
        server.tool(name="add")(lambda: None)


def test_a_server_may_move_to_another_loop():
    server = Server("moves")

    @server.tool
    def one() -> int:
        return 1

    async def call(close: bool) -> int:
        client = Client(server)
        await client.connect()
        try:
            return (await client.call("one")).data_as(int)
        finally:
            if close:
                await client.close()

    assert asyncio.run(call(close=True)) == 1
    assert asyncio.run(call(close=True)) == 1


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"])
async def test_every_revision_over_http(revision):
    server = make()
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(server.serve(http="127.0.0.1:0", sse=True, on_ready=url.set_result))
    # The oldest revision has two endpoints of its own.
    address = (await url).replace("/mcp", "/sse") if revision == "2024-11-05" else await url
    async with Client(address, revision=revision) as client:
        assert (await client.server_info()).revision == revision
        assert (await client.call("add", a=1, b=2)).text == "3"
    await server.close()
    await task


def test_an_option_that_there_is_not_is_named():
    server = Server("options")
    with pytest.raises(TypeError, match="HTTP has no option 'port'"):
        server.run(http="127.0.0.1:0", port=8000)
    with pytest.raises(TypeError, match="stdio has no option 'path'"):
        server.run(path="/here")
