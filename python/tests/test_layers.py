"""Layers around what comes in at a server, and around what goes out of a client."""

import asyncio
import logging
from typing import Any

import pytest

import dovetail.blocking
from dovetail import Client, Code, DovetailError, Message, Next, Server, ToolResult
from servers import make

CALL = "tools/call"


@pytest.fixture(params=["server", "client"])
def around(request):
    """Makes a client whose calls pass layers on the one or the other side."""

    def make_client(*layers: Any) -> Client:
        server = make()
        if request.param == "client":
            return Client(server, layers=layers)
        for layer in layers:
            server.layer(methods=[CALL])(layer)
        return Client(server)

    return make_client


def only_calls(layer: Any) -> Any:
    async def filtered(message: Message, next: Next) -> Any:
        return await layer(message, next) if message.method == CALL else await next(message)

    return filtered


async def test_layers_stand_around_each_other(around):
    seen: list[str] = []

    def noting(name: str):
        @only_calls
        async def layer(message: Message, next: Next) -> Any:
            seen.append(f"{name} {message.params['name']}")
            result = await next(message)
            seen.append(f"{name} {result['content'][0]['text']}")
            return result

        return layer

    async with around(noting("outer"), noting("inner")) as client:
        assert (await client.call("add", a=1)).data == 3
    assert seen == ["outer add", "inner add", "inner 3", "outer 3"]


@pytest.mark.parametrize("how", ["in place", "replaced", "handed on"])
async def test_a_layer_changes_what_goes_on(around, how: str):
    @only_calls
    async def layer(message: Message, next: Next) -> Any:
        if how == "in place":
            message.params["arguments"]["a"] = 10
            return await next(message)
        params = {**message.params, "arguments": {"a": 10}}
        if how == "handed on":
            return await next(params)
        message.params = params
        return await next()

    async with around(layer) as client:
        assert (await client.call("add", a=1)).data == 12


async def test_a_layer_answers_by_itself(around):
    @only_calls
    async def layer(message: Message, next: Next) -> Any:
        return ToolResult("from the layer")

    async with around(layer) as client:
        assert (await client.call("fail")).text == "from the layer"


async def test_a_layer_changes_a_result(around):
    @only_calls
    async def layer(message: Message, next: Next) -> Any:
        result = await next(message)
        result["content"][0]["text"] = "changed"
        return result

    async with around(layer) as client:
        assert (await client.call("echo", text="x")).text == "changed"


async def test_a_layer_that_returns_nothing_passes_the_result_on(around):
    @only_calls
    async def layer(message: Message, next: Next) -> Any:
        await next(message)

    async with around(layer) as client:
        assert (await client.call("add", a=1)).data == 3


async def test_a_layer_may_be_a_plain_function(around):
    def layer(message: Message, next: Next) -> Any:
        return next(message)

    async with around(layer) as client:
        assert (await client.call("add", a=1)).data == 3


async def test_errors_pass_the_layers_as_they_are(around):
    seen: list[str] = []

    @only_calls
    async def layer(message: Message, next: Next) -> Any:
        try:
            return await next(message)
        except DovetailError as error:
            seen.append(error.name)
            raise

    async with around(layer) as client:
        with pytest.raises(DovetailError) as caught:
            await client.call("nothing")
    assert (caught.value.code, seen) == (Code.UNKNOWN_TOOL, ["unknown_tool"])


async def test_a_layer_refuses_with_a_code(around):
    @only_calls
    async def layer(message: Message, next: Next) -> Any:
        raise DovetailError(Code.FORBIDDEN, "not you")

    async with around(layer) as client:
        with pytest.raises(DovetailError, match="not you") as caught:
            await client.call("add", a=1)
    assert caught.value.code is Code.FORBIDDEN


@pytest.mark.parametrize("broken", ["raises", "answers nothing"])
async def test_a_broken_layer_tells_the_log_and_not_the_peer(around, broken: str, caplog):
    @only_calls
    async def layer(message: Message, next: Next) -> Any:
        if broken == "raises":
            raise RuntimeError("secret")

    caplog.set_level(logging.CRITICAL, "dovetail")
    async with around(layer) as client:
        with pytest.raises(DovetailError) as caught:
            await client.call("add", a=1)
    assert caught.value.code is Code.INTERNAL and "secret" not in str(caught.value)


async def test_cancelling_a_call_cancels_its_layers(around):
    begun, ended = asyncio.Event(), asyncio.Event()

    @only_calls
    async def layer(message: Message, next: Next) -> Any:
        begun.set()
        try:
            return await next(message)
        finally:
            ended.set()

    async with around(layer) as client:
        waiting = asyncio.create_task(client.call("wait"))
        await begun.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await ended.wait()


async def test_next_can_be_called_once(around):
    seen: list[str] = []

    @only_calls
    async def layer(message: Message, next: Next) -> Any:
        result = await next(message)
        with pytest.raises(DovetailError) as caught:
            await next(message)
        seen.append(caught.value.name)
        return result

    async with around(layer) as client:
        assert (await client.call("add", a=1)).data == 3
    assert seen == ["invalid_state"]


async def test_a_client_drops_notifications():
    server = make()
    dropped: list[str] = []

    async def layer(message: Message, next: Next) -> Any:
        if message.notification and message.method.endswith("tools/list_changed"):
            dropped.append(message.method)
            return None
        return await next(message)

    @server.prompt
    def late() -> str:
        return "late"

    async with Client(server, layers=[layer]) as client, client.listen(tools=True, prompts=True) as changes:
        server.announce("tools")
        server.announce("prompts")
        assert (await anext(changes)).kind == "prompts"
    assert len(dropped) == 1


async def test_a_layer_knows_its_message():
    server, seen = make(), []

    @server.layer
    async def layer(message: Message, next: Next) -> Any:
        seen.append(message)
        return await next(message)

    async with Client(server, revision="2025-11-25") as client:
        await client.call("add", a=1)
    call = next(message for message in seen if message.method == CALL)
    assert (call.revision, call.principal, call.notification) == ("2025-11-25", None, False)
    assert "initialized" in "".join(message.method for message in seen if message.notification)
    assert "tools/call" in repr(call)


async def test_layers_are_fixed_while_a_server_serves():
    server = make()
    async with Client(server):
        with pytest.raises(RuntimeError, match="fixed"):
            server.layer(lambda message, next: next(message))


def test_layers_of_a_blocking_client_wait():
    def layer(message: Message, next: Any) -> Any:
        if message.method == CALL:
            message.params["arguments"]["a"] = 10
        return next(message)

    with dovetail.blocking.Client(make(), layers=[layer]) as client:
        assert client.call("add", a=1).data == 12


async def test_prompts_and_resources_refuse_with_a_code():
    server = Server("refusing")

    @server.prompt
    def repeat(times: int) -> str:
        return "again " * times

    @server.resource_template("note://{name}/{page}")
    async def note(name: str, page: int) -> str:
        raise DovetailError(Code.FORBIDDEN if name == "secret" else Code.UNKNOWN_RESOURCE, f"no {name}")

    async with Client(server) as client:
        for read, code in (
            (client.get_prompt("repeat", times="often"), Code.INVALID_PARAMS),
            (client.read_resource("note://a/1"), Code.UNKNOWN_RESOURCE),
            (client.read_resource("note://a/b"), Code.UNKNOWN_RESOURCE),
            (client.read_resource("note://secret/1"), Code.FORBIDDEN),
        ):
            with pytest.raises(DovetailError) as caught:
                await read
            assert caught.value.code is code
