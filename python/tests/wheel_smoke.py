"""Run by dist.sh with nothing but the wheel installed: imports quickly, serves and calls, has no testkit."""

import asyncio
import subprocess
import sys
import time

BUDGET_MS = 60


def seconds(code: str) -> float:
    def once() -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - started

    return min(once() for _ in range(7))


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


main()
