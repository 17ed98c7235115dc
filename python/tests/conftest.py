"""Targets of every kind for the tests of client and server."""

import asyncio
import faulthandler
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import library as library_server
import servers
from dovetail import Client, Command, Server

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
REVISIONS = ("auto", "2025-11-25")
LIMIT_SECONDS = 30


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[str]:
    """Serves over HTTP on a free port; yields the URL."""
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(server.serve(http="127.0.0.1:0", on_ready=url.set_result))
    # A server that cannot listen must not be waited for.
    task.add_done_callback(lambda _: url.cancel())
    try:
        yield await url
    finally:
        await server.close()
        await task


@pytest.fixture(params=["memory", "http", "stdio"])
async def target(request) -> AsyncIterator[str | Command | Server]:
    if request.param == "memory":
        yield servers.make()
    elif request.param == "stdio":
        yield Command(sys.executable, [HERE / "servers.py"], env={"PYTHONPATH": str(HERE.parent / "src")})
    else:
        async with serving(servers.make()) as url:
            yield url


@pytest.fixture(params=REVISIONS)
def connect(request, target) -> Callable[..., Client]:
    """Makes a client of each kind of target in each era."""

    def make(**options) -> Client:
        return Client(target, revision=request.param, timeout=20, **options)

    return make


@pytest.fixture(params=["memory", "http"])
async def shelf(request) -> AsyncIterator[str | Server]:
    if request.param == "memory":
        yield library_server.make()
    else:
        async with serving(library_server.make()) as url:
            yield url


@pytest.fixture(params=REVISIONS)
def library(request, shelf) -> Callable[..., Client]:
    """Makes a client of the library in each era."""

    def make(**options) -> Client:
        return Client(shelf, revision=request.param, timeout=20, **options)

    return make


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """No test may take longer, whatever hangs: the traces of all threads are printed and the run ends."""
    faulthandler.dump_traceback_later(LIMIT_SECONDS, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()
