"""The client without async, from plain programs and from several threads."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import HERE, serving
from dovetail import Code, Command, DovetailError, Progress, Question
from dovetail.blocking import Client
from servers import make

CHILD = Command(sys.executable, [HERE / "servers.py"], env={"PYTHONPATH": str(HERE.parent / "src")})


@pytest.fixture(params=["memory", "stdio"])
def target(request):
    return make() if request.param == "memory" else CHILD


def test_it_is_the_same_without_async(target):
    seen: list[Progress] = []
    with Client(target) as client:
        assert client.call("add", {"a": 1}, b=1).data == 2
        assert client.with_options(on_progress=seen.append).call("count", to=3).data == 3
        assert seen[-1].progress == 3
        assert client.call_raw("fail").is_error
        assert {tool.name for tool in client.list_tools()} >= {"add", "count"}
        assert client.server_info().instructions == "Ask nicely."
        with pytest.raises(DovetailError) as caught:
            client.call("fail")
        assert caught.value.code is Code.TOOL_ERROR
        with pytest.raises(DovetailError) as caught:
            client.with_options(timeout=0.2).call("wait")
        assert caught.value.code is Code.DEADLINE_EXCEEDED


def test_questions_may_block_and_use_the_client(target):
    def on_elicit(question: Question) -> dict[str, object]:
        return {"answer": str(client.call("add", a=1).data)}

    with Client(target, on_elicit=on_elicit) as client:
        assert client.call("ask", what="how?").data == "3 None small"


def test_threads_share_a_client(target):
    with Client(target) as client, ThreadPoolExecutor(8) as threads:
        results = threads.map(lambda n: client.call("add", a=n, b=n).data, range(100))
        assert list(results) == [2 * n for n in range(100)]


def test_a_callback_on_the_serving_thread_is_refused(target):
    problems: list[Exception] = []

    def on_progress(_: Progress) -> None:
        try:
            client.call("add", a=1)
        except RuntimeError as error:
            problems.append(error)

    with Client(target) as client:
        client.with_options(on_progress=on_progress).call("count", to=1)
    assert len(problems) == 1


async def test_it_works_beside_a_running_loop():
    async with serving(make()) as url:

        def use() -> object:
            with Client(url) as client:
                return client.call("add", a=1).data

        assert await asyncio.to_thread(use) == 3
