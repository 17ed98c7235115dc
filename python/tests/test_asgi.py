"""The server inside other people's HTTP stacks: uvicorn alone, Starlette, FastAPI, and a host that does odd things."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from conftest import REVISIONS
from dovetail import Client, Context, DovetailError, Progress, Server
from servers import make
from test_calls import cancel_a_call

Message = MutableMapping[str, Any]
Host = Callable[[Server], tuple[Any, str]]


def alone(server: Server) -> tuple[Any, str]:
    return server.asgi(), "/mcp"


def routed(server: Server) -> tuple[Any, str]:
    return Starlette(routes=[Route("/deep/mcp", server.asgi())]), "/deep/mcp"


def mounted(server: Server) -> tuple[Any, str]:
    return Starlette(routes=[Mount("/mcp", server.asgi())]), "/mcp/"


def in_fastapi(server: Server) -> tuple[Any, str]:
    app = FastAPI()
    app.mount("/tools", server.asgi())

    @app.get("/health")
    def health() -> str:
        return "well"

    return app, "/tools/"


HOSTS = (alone, routed, mounted, in_fastapi)


@asynccontextmanager
async def hosted(app: Any, path: str) -> AsyncIterator[str]:
    """Serves an application with uvicorn on a free port; yields the URL."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=5)
    host = uvicorn.Server(config)
    config.load()
    host.lifespan = config.lifespan_class(config)
    await host.startup()
    running = asyncio.create_task(host.main_loop())
    port = host.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}{path}"
    finally:
        host.should_exit = True
        await running
        await host.shutdown()


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("revision", REVISIONS)
async def test_every_host_serves_every_kind_of_answer(host: Host, revision: str):
    server = make()
    seen: list[Progress] = []
    async with (
        hosted(*host(server)) as url,
        Client(url, revision=revision, timeout=20, on_elicit=lambda _: {"answer": "a"}) as client,
    ):
        assert (await client.call("add", a=1)).data == 3
        assert (await client.with_options(on_progress=seen.append).call("count", to=3)).data == 3
        assert seen[-1].progress == 3
        assert (await client.call("ask", what="?")).data == "a None small"
        with pytest.raises(DovetailError, match="it broke"):
            await client.call("fail")
    await server.close()


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_caller_that_goes_cancels_its_handler(revision: str):
    server = make()
    async with hosted(*routed(server)) as url, Client(url, revision=revision, timeout=20) as client:
        await cancel_a_call(client)
    await server.close()


async def test_changes_are_heard_through_a_host():
    server = make()
    async with (
        hosted(*routed(server)) as url,
        Client(url) as client,
        client.listen(tools=True) as listening,
    ):
        server.tool(name="late")(lambda: "late")
        assert (await anext(listening)).kind == "tools"
    await server.close()


async def test_a_host_without_a_lifespan_needs_none():
    app = make().asgi()
    assert (await exchange(app, tool_call("add", {"a": 1})))[0]["status"] == 200
    await app._server.close()
    assert (await exchange(app, tool_call("add", {"a": 1})))[0]["status"] == 503


async def test_a_lifespan_opens_and_closes_the_server():
    server = make()
    app = server.asgi()
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan"}, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    assert await outbox.get() == {"type": "lifespan.startup.complete"}
    assert server._open() is not None
    assert (await exchange(app, tool_call("add", {"a": 1})))[0]["status"] == 200
    await inbox.put({"type": "lifespan.shutdown"})
    assert await outbox.get() == {"type": "lifespan.shutdown.complete"}
    await life
    assert server._open() is None


async def test_a_server_that_cannot_start_says_why():
    server = Server("broken", state_keys="no key")
    sent: list[Message] = []
    await server.asgi()({"type": "lifespan"}, ready({"type": "lifespan.startup"}), keep(sent))
    assert sent[0]["type"] == "lifespan.startup.failed" and "key" in sent[0]["message"]


async def test_a_whole_answer_tells_its_length():
    app = make().asgi()
    start, body = await exchange(app, tool_call("echo", {"text": "hello"}))
    assert dict(start["headers"])[b"content-length"] == b"%d" % len(body["body"])
    assert json.loads(body["body"])["result"]["content"][0]["text"] == "hello"
    await app._server.close()


async def test_a_body_is_read_no_further_than_its_limit():
    server = Server("small", limits={"body": 100})
    piece = {"type": "http.request", "body": b"x" * 60, "more_body": True}
    sent: list[Message] = []
    # The rest of this body never comes: two pieces are enough to refuse it.
    await server.asgi()(scope(), ready(piece, piece), keep(sent))
    assert sent[0]["status"] == 413
    await server.close()


async def test_hosts_are_checked():
    app = make().asgi()
    refused = await exchange(app, tool_call("add", {"a": 1}), host=b"evil.example")
    assert refused[0]["status"] == 403
    await app._server.close()


async def test_hosts_can_be_allowed_and_are_the_same_everywhere():
    server = make()
    app = server.asgi(allowed_hosts=["mcp.example"])
    call = tool_call("add", {"a": 1})
    assert (await exchange(app, call, host=b"mcp.example"))[0]["status"] == 200
    assert (await exchange(server.asgi(allowed_hosts=["mcp.example"]), call))[0]["status"] == 200
    other = await exchange(server.asgi(allowed_hosts=["other.example"]), call)
    assert (other[0]["status"], json.loads(other[1]["body"])["error"]) == (503, "invalid_state")
    await server.close()
    assert server._open() is None


async def test_handlers_know_whom_the_host_has_authenticated():
    server = Server("principals")

    @server.tool
    def who(ctx: Context) -> str:
        return str(ctx.info.principal)

    app = server.asgi(principal=lambda scope: scope.get("user"))
    for user in (None, "ada"):

        async def authenticated(scope: Message, receive: Any, send: Any, user: str | None = user) -> None:
            await app({**scope, "user": user}, receive, send)

        _, body = await exchange(authenticated, tool_call("who", {}))
        assert json.loads(body["body"])["result"]["content"][0]["text"] == str(user)
    await server.close()


@pytest.mark.parametrize("gone", ["before", "inside"])
async def test_a_peer_that_goes_early_is_not_answered(gone: str):
    app = make().asgi()
    messages = [{"type": "http.request", "body": b"{", "more_body": True}] if gone == "inside" else []
    sent: list[Message] = []
    await app(scope(), ready(*messages, {"type": "http.disconnect"}), keep(sent))
    assert sent == []


async def test_a_host_that_fails_to_send_ends_the_exchange():
    app = make().asgi()

    async def broken(_: Message) -> None:
        raise OSError("gone")

    head, body = tool_call("echo", {"text": "x"})
    await app(scope(head), ready({"type": "http.request", "body": body}), broken)
    await app._server.close()


async def test_what_is_no_http_is_refused():
    sent: list[Message] = []
    app = make().asgi()
    await app({"type": "websocket"}, ready({"type": "websocket.connect"}), keep(sent))
    assert sent == [{"type": "websocket.close"}]
    with pytest.raises(RuntimeError, match="does not speak smtp"):
        await app({"type": "smtp"}, ready(), keep(sent))


def tool_call(name: str, arguments: dict[str, Any]) -> tuple[dict[bytes, bytes], bytes]:
    """Headers and body of a call of the newest revision."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": name, "arguments": arguments, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    headers = {
        b"mcp-protocol-version": b"2026-07-28",
        b"mcp-method": b"tools/call",
        b"mcp-name": name.encode(),
    }
    return headers, body


def scope(more: dict[bytes, bytes] | None = None, host: bytes = b"localhost") -> dict[str, Any]:
    headers = {
        b"host": host,
        b"content-type": b"application/json",
        b"accept": b"application/json, text/event-stream",
        **(more or {}),
    }
    return {"type": "http", "method": "POST", "path": "/mcp", "query_string": b"a=b", "headers": [*headers.items()]}


async def exchange(
    app: Any, call: tuple[dict[bytes, bytes], bytes], host: bytes = b"localhost"
) -> list[Message]:
    head, body = call
    sent: list[Message] = []
    await app(scope(head, host), ready({"type": "http.request", "body": body}), keep(sent))
    return sent


def ready(*messages: Message) -> Callable[[], Awaitable[Message]]:
    """Gives messages one after the other, then nothing."""
    left = list(messages)

    async def receive() -> Message:
        if left:
            return left.pop(0)
        return await asyncio.get_running_loop().create_future()

    return receive


def keep(sent: list[Message]) -> Callable[[Message], Awaitable[None]]:
    async def send(message: Message) -> None:
        sent.append(message)

    return send
