"""The examples, the adapters of the shared suite and the README, run as programs."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from conftest import REVISIONS, ROOT
from dovetail import Client

EXAMPLES = ROOT / "examples" / "python"
ADAPTERS = ROOT / "conformance" / "adapters" / "python"
README = ROOT / "python" / "README.md"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "src")}
WAYS = ("stdio", "http")

PIPE = asyncio.subprocess.PIPE


async def run(*command: object) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *map(str, command), stdout=PIPE, stderr=PIPE, env=ENVIRONMENT
    )
    stdout, stderr = await process.communicate()
    assert process.returncode is not None
    return process.returncode, stdout.decode(), stderr.decode()


@asynccontextmanager
async def reached(way: str, program: object, *, flag: str | None = None) -> AsyncIterator[list[object]]:
    """What a client program needs as arguments to reach a server program."""
    if way == "stdio":
        yield ["--", sys.executable, program, *([flag] if flag else [])]
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), "--http", "127.0.0.1:0", stderr=PIPE, env=ENVIRONMENT
    )
    assert process.stderr is not None
    line = (await process.stderr.readline()).decode()
    try:
        assert line.startswith("listening on http://127.0.0.1:"), line
        yield [line.removeprefix("listening on ").strip()]
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("way", WAYS)
async def test_the_weather_example(way):
    async with reached(way, EXAMPLES / "weather.py") as where:
        status, out, err = await run(EXAMPLES / "client.py", *where)
    assert (status, err) == (0, "")
    assert "tool weather: Forecast for a city" in out
    assert "3/3 day 3" in out
    # Oslo: 79 + 115 + 108 + 111 = 413, 413 % 15 = 8, 413 % 3 = 2.
    assert re.findall(r"day (\d): (\w+), (\d+) to (\d+)", out) == [
        ("0", "rain", "15", "23"),
        ("1", "clear", "16", "24"),
        ("2", "cloudy", "17", "25"),
    ]


@pytest.mark.parametrize("way", WAYS)
async def test_the_remove_example(way):
    async with reached(way, EXAMPLES / "remove.py") as where:
        status, out, err = await run(EXAMPLES / "client.py", *where)
        assert (status, err) == (0, "")
        assert "Delete a.txt? yes\ndeleted a.txt\n" in out
        if way == "http":
            status, _, err = await run(EXAMPLES / "client.py", *where)
            assert (status, err) == (1, "error: tool_error: no such file: a.txt\n")


async def test_the_client_example_says_what_went_wrong():
    status, _, err = await run(EXAMPLES / "client.py", "http://127.0.0.1:1/mcp")
    assert status == 1 and err.startswith("error: transport: ")
    assert (await run(EXAMPLES / "client.py"))[0] == 2


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("way", WAYS)
async def test_the_adapters(way, revision):
    async with reached(way, ADAPTERS / "server.py", flag="--stdio") as where:

        async def observe(scenario: str, answer: str = "yes") -> dict[str, Any]:
            options = ["--revision", revision, "--answer", answer]
            status, out, err = await run(ADAPTERS / "client.py", *options, scenario, *where)
            assert (status, err) == (0, "")
            return json.loads(out)

        cell = await observe("cell")
        assert cell.pop("revision") == (revision if revision != "auto" else "2026-07-28")
        assert cell.pop("progress")[-1] == 3
        assert "nope" in cell.pop("unknown")["detail"] and "/a" in cell.pop("invalid")["detail"]
        assert cell == {
            "count": 3,
            "add": 5,
            "echo": 'ä"\\n€',
            "cancel": {"code": "cancelled", "observed": True},
            "elicit": "accepted: yes",
            "error": {"name": "tool_error", "detail": "it broke"},
        }
        assert await observe("stubborn") == {"result": "accepted: yes", "questions": ["stubborn"]}
        asked = ["question 1", "question 2"] if revision == "auto" else ["question 1"]
        assert await observe("changing") == {"result": "accepted: yes", "questions": asked}
        refused = await observe("declared", "none")
        assert refused["error"]["name"] == "missing_client_capability" and refused["questions"] == []


async def test_the_bridge_adapter():
    lines = [
        {"do": "open"},
        {"do": "request", "key": 1, "op": "call", "params": {"target": 5, "arguments": {"a": 1}}},
        {"do": "next", "max": 64, "timeout": 5000},
        {"do": "raw_reply", "call": 1, "hex": "ff"},
        {"do": "reply", "call": 1, "shape": 0, "json": 7},
        {"do": "reply", "call": 1, "shape": 0, "json": 7},
        {"do": "next", "max": 64, "timeout": 5000},
        {"do": "big", "key": 2, "bytes": 8388608},
        {"do": "fork"},
        {"do": "exit_pending"},
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ADAPTERS / "bridge.py"), stdin=PIPE, stdout=PIPE, stderr=PIPE, env=ENVIRONMENT
    )
    stdout, stderr = await process.communicate("".join(json.dumps(line) + "\n" for line in lines).encode())
    assert (process.returncode, stderr) == (0, b"")
    answers = [json.loads(line) for line in stdout.splitlines()]
    call = {"kind": "call", "code": 5, "key": 1, "payload": {"a": 1}}
    done = {"kind": "done", "code": 0, "key": 1, "payload": {"value": 7}}
    names = [answer.get("error", {}).get("name") for answer in answers]
    refused = "invalid_argument"
    assert names == [None, None, None, refused, None, "stale_call", None, None, "wrong_process", None]
    assert (answers[2]["events"], answers[6]["events"]) == ([call], [done])
    assert answers[7]["length"] == 8388608


async def test_the_readme(tmp_path):
    server, client, blocking, library, routes, layer = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert max(len(snippet.splitlines()) for snippet in (client, blocking)) <= 10
    announce = 'http="127.0.0.1:0", on_ready=lambda url: print("listening on", url, file=sys.stderr)'
    server = "import sys\n" + server.replace('http="127.0.0.1:8000"', announce)
    (tmp_path / "server.py").write_text(server)
    async with reached("http", tmp_path / "server.py") as (url,):
        for name, snippet in (("client.py", client), ("blocking.py", blocking)):
            (tmp_path / name).write_text(snippet.replace("http://127.0.0.1:8000/mcp", str(url)))
            assert await run(tmp_path / name) == (0, "3\n", "")
    namespace: dict[str, Any] = {}
    exec(library, namespace)
    exec(routes, namespace)
    exec(layer, namespace)
    assert [route.path for route in namespace["app"].routes] == ["/mcp"]
    async with Client(namespace["server"]) as notes:
        assert (await notes.read_resource("notes://today")).text == "Buy milk."
        assert (await notes.complete("name", "to", resource_template="notes://{name}")).values == ["today"]
        assert "short summary" in str((await notes.get_prompt("summary", name="today")).messages[0].content)


async def test_the_programs_of_the_official_suite():
    async with reached("http", ADAPTERS / "everything_server.py") as (url,), Client(str(url)) as client:
        names = {tool.name for tool in await client.list_tools()}
        assert {"test_simple_text", "test_sampling", "test_input_required_result_elicitation"} <= names
        assert (await client.read_resource("test://template/123/data")).text.startswith('{"id":"123"')
        environment = {**ENVIRONMENT, "MCP_CONFORMANCE_SCENARIO": "initialize"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(ADAPTERS / "everything_client.py"), str(url), stderr=PIPE, env=environment
        )
        _, stderr = await process.communicate()
        assert (process.returncode, stderr) == (0, b"")


GUIDE = {
    "caching": "asked the server 1 time",
    "completion": "python, pytorch",
    "elicitation": "asked: Which day?\nbooked for 2026-12-01\nnot booked",
    "errors": "tool_error: the disk is full\nunknown_tool\ndeadline_exceeded",
    "frameworks": "3",
    "logging": "info: working",
    "middleware": "before add\nafter add\n3",
    "progress": "1 of 3\n2 of 3\n3 of 3\ndone\ncancelled",
    "prompts": "greet: Greet somebody\nuser: Greet Ada.",
    "resources": "note://welcome\nHello\nnote for ada\nrefused: unknown_resource",
    "revisions": "2026-07-28\n2025-11-25",
    "sampling": "short\nfile:///project",
    "steps": "charged 1 time",
    "subscriptions": "tools changed\nupdated note://welcome",
    "testing": "ok",
    "tools": "add: Add two numbers\n3\nrefused: tool_error",
}


@pytest.mark.parametrize("feature", sorted(path.name.removesuffix("_example.py") for path in (EXAMPLES / "guide").glob("*.py")))
async def test_the_guide(feature):
    assert await run(EXAMPLES / "guide" / f"{feature}_example.py") == (0, GUIDE[feature] + "\n", "")
