"""Run by dist.sh with nothing but the wheel installed: imports quickly, serves and calls, has no testkit."""

import asyncio
import importlib.metadata
import subprocess
import sys
import time
from pathlib import Path

BUDGET_MS = 60
BUDGET_MIB = 10
BUDGET_DEPENDENCIES = 1


def seconds(code: str) -> float:
    def once() -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - started

    return min(once() for _ in range(7))


def size() -> None:
    """Of what the wheel brings; the bytecode that an installer makes of it is not counted."""
    package = importlib.metadata.distribution("dovetail-mcp")
    files = [file for file in package.files or [] if file.suffix != ".pyc"]
    mib = sum(Path(file.locate()).stat().st_size for file in files) / 1024 / 1024
    needed = [one for one in package.requires or [] if "extra ==" not in one]
    print(f"{mib:.1f} MiB installed, {len(needed)} dependency: {', '.join(needed)}")
    if mib > BUDGET_MIB or len(needed) > BUDGET_DEPENDENCIES:
        raise SystemExit(f"the budget is {BUDGET_MIB} MiB and {BUDGET_DEPENDENCIES} dependency")


def main() -> None:
    from dovetail import Client, Server, _native

    if hasattr(_native, "testkit_open"):
        raise SystemExit("the testkit must not be published")
    server = Server("wheel")

    @server.tool
    def add(a: int, b: int) -> int:
        return a + b

    async def call() -> object:
        async with Client(server) as client:
            return (await client.call("add", a=1, b=2)).data

    if asyncio.run(call()) != 3:
        raise SystemExit("a call of a tool went wrong")
    bare = seconds("pass")
    extra = (seconds("import dovetail") - bare) * 1000
    loaded = (seconds("from dovetail import Client, Context, Server") - bare) * 1000
    loop = (seconds("import asyncio") - bare) * 1000
    print(f"the wheel works; import dovetail: {extra:.0f} ms, with every name: {loaded:.0f} ms (asyncio: {loop:.0f} ms)")
    if extra > BUDGET_MS:
        raise SystemExit(f"that is over the budget of {BUDGET_MS} ms")
    size()


main()
