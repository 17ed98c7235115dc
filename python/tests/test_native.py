"""The native layer: the pump, its batches, and the ends of sessions and processes."""

import asyncio
import gc
import json
import os
import subprocess
import sys
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from conftest import HERE, serving
from dovetail import Client, Code, Command, DovetailError, Server, _native
from dovetail._binding import Binding
from dovetail._channel import Channel
from dovetail._codes import Kind
from servers import make


def open_testkit() -> tuple[_native.Runtime, _native.Session]:
    runtime = _native.runtime_new()
    return runtime, _native.testkit_open(runtime)


def next_done(session: _native.Session, key: int) -> tuple[int, bytes]:
    for kind, code, of, payload in session.next_events(64, 5000):
        if (kind, of) == (Kind.DONE, key):
            return code, payload
    raise AssertionError("no completion came")


def test_the_contract_is_complete():
    session = ["serve", "update", "request", "exchange", "next_events", "reply", "fail", "progress", "log", "ask"]
    for name in [*session, "proceed", "record", "call_info", "cancel", "close", "status"]:
        assert callable(getattr(_native.Session, name))
    for name in ["runtime_new", "runtime_default", "runtime_shutdown", "server_open", "client_open"]:
        assert callable(getattr(_native, name))
    assert _native.contract_version() == 4


def test_every_code_arrives_as_its_error():
    runtime, session = open_testkit()
    for code in Code:
        session.request(1, "fail", json.dumps({"code": code}).encode(), b"")
        assert next_done(session, 1)[0] == code
    with pytest.raises(DovetailError) as caught:
        session.request(1, "unheard of", b"", b"")
    assert (caught.value.code, caught.value.name) == (Code.INVALID_ARGUMENT, "invalid_argument")
    _native.runtime_shutdown(runtime, 100)
    with pytest.raises(DovetailError) as caught:
        session.request(1, "echo", b"", b"")
    assert caught.value.code is Code.CLOSED


def test_waiting_for_events_is_bounded():
    runtime, session = open_testkit()
    assert session.next_events(64, 0) == []
    assert session.next_events(64, 50) == []
    _native.runtime_shutdown(runtime, 100)
    assert [kind for kind, *_ in session.next_events(64, None)] == [Kind.CLOSED]


async def test_one_failing_handler_does_not_fail_its_batch():
    answers = await run_batch([lambda: 1, lambda: 1 / 0, lambda: 3])
    assert [answers[0], answers[2]] == [{"value": 1}, {"value": 3}]
    assert answers[1] == {"tool": "division by zero"}


async def test_handlers_do_not_share_context_variables():
    seen: ContextVar[int] = ContextVar("seen", default=0)

    def count() -> int:
        seen.set(seen.get() + 1)
        return seen.get()

    assert await run_batch([count, count]) == [{"value": 1}, {"value": 1}]


async def run_batch(handlers: list[Callable[[], Any]]) -> list[dict[str, object]]:
    """Runs the handlers as calls of the testkit, all of one batch."""
    server = Server("batch")
    for index, handler in enumerate(handlers):
        server.tool(name=f"tool{index}", description="")(handler)
    channel = Channel()
    channel.attach(_native.testkit_open(_native.runtime_default()), Binding(channel, None).bind(server._offers))
    session = channel.session

    def start(target: int) -> Callable[[int], None]:
        params = json.dumps({"target": target, "arguments": {}}).encode()
        return lambda key: session.request(key, "call", params, b"")

    calls = [asyncio.create_task(channel.operate(start(target))) for target in range(len(handlers))]
    answers = [json.loads(answer) for answer in await asyncio.gather(*calls)]
    await channel.close(0)
    return answers


async def test_a_flood_is_drained_in_turns_of_the_loop():
    channel = Channel()
    channel.attach(_native.testkit_open(_native.runtime_default()))
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await channel.operate(lambda key: channel.session.request(key, "flood", b'{"count": 10000}', b""))
    ticking.cancel()
    await channel.close(0)
    assert turns > 10_000 / 64


async def test_an_abandoned_call_cancels_its_handler():
    cancelled = asyncio.Event()
    server = Server("abandoned")

    @server.tool
    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    channel = Channel()
    channel.attach(_native.testkit_open(_native.runtime_default()), Binding(channel, None).bind(server._offers))
    await channel.operate(lambda key: channel.session.request(key, "abandon", b"", b""))
    await cancelled.wait()
    await channel.close(0)


class SocketsOnly(asyncio.SelectorEventLoop):
    """A loop that cannot watch descriptors, as on Windows."""

    add_reader = asyncio.AbstractEventLoop.add_reader


def test_a_loop_without_readers_is_served_by_a_socket():
    async def main() -> None:
        async with serving(make()) as url, Client(url) as client:
            results = await asyncio.gather(*(client.call("add", a=n) for n in range(100)))
            assert [result.data for result in results] == [n + 2 for n in range(100)]

    with asyncio.Runner(loop_factory=SocketsOnly) as runner:
        runner.run(main())


async def test_a_forgotten_client_is_closed():
    async with serving(make()) as url:
        client = Client(url)
        await client.connect()
        closed, gone = client._connection.channel.closed, weakref.ref(client._connection)
        with pytest.warns(ResourceWarning, match="never closed"):
            del client
            gc.collect()
        assert gone() is None
        await closed


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_is_refused():
    runtime, session = open_testkit()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            session.status()
            answer = "no error"
        except DovetailError as error:
            answer = error.name
        os.write(write, answer.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        assert pipe.read() == "wrong_process"
    assert os.waitpid(child, 0)[1] == 0
    _native.runtime_shutdown(runtime, 100)


def test_a_forked_child_has_a_runtime_of_its_own():
    code = """
import asyncio, os
from dovetail import Client
from servers import make

async def call():
    async with Client(make()) as client:
        return (await client.call("add", a=1)).data

assert asyncio.run(call()) == 3
child = os.fork()
assert asyncio.run(call()) == 3
if child:
    assert os.waitpid(child, 0)[1] == 0
"""
    assert run_program(code) == ("", 0)


@pytest.mark.parametrize("target", ["make()", "Command(sys.executable, ['servers.py'])"])
def test_exit_with_pending_work_is_clean(target):
    code = f"""
import asyncio, sys
from dovetail import Client, Command
from servers import make

loop = asyncio.new_event_loop()

async def main():
    global client, pending
    client = Client({target})
    await client.connect()
    pending = [asyncio.create_task(client.call("wait")) for _ in range(10)]
    await client.call("add", a=1)

loop.run_until_complete(main())
for task in pending:
    task._log_destroy_pending = False
"""
    for _ in range(3):
        assert run_program(code) == ("", 0)


def test_exit_with_a_blocking_client_in_use_is_clean():
    code = """
import threading
from dovetail.blocking import Client
from servers import make

client = Client(make())
client.connect()
threading.Thread(target=lambda: client.call("wait"), daemon=True).start()
assert client.call("add", a=1).data == 3
"""
    assert run_program(code) == ("", 0)


def run_program(code: str) -> tuple[str, int]:
    """Its standard error and status."""
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent / 'src'}:{HERE}"}
    # That a process with threads forks is what some of them are about.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=HERE, env=environment, timeout=20
    )
    return done.stderr, done.returncode


def test_importing_costs_little():
    code = "import sys, dovetail; sys.exit(any(name in sys.modules for name in ('asyncio', 'inspect', 'msgspec')))"
    assert run_program(code) == ("", 0)


async def test_a_stdio_server_ends_with_its_input():
    server = Command(sys.executable, [HERE / "servers.py"], env={"PYTHONPATH": str(HERE.parent / "src")})
    process = await asyncio.create_subprocess_exec(
        server.program, *server.args, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    stdout, _ = await process.communicate(b"this is no message\n")
    assert process.returncode == 0
    for line in stdout.splitlines():
        json.loads(line)
