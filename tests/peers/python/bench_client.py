"""The client of the benchmark on the official Python SDK: `bench_client.py (URL | -- command arguments…)`; reads
`run CALLS IN_FLIGHT` and answers `done CALLS`.
"""

import asyncio
import sys

from client import connect
from mcp import Client
from mcp_types import TextContent

TEXT = "abcdefghijklmnopqrstuvwxyz012345"


async def run(client: Client, calls: int, in_flight: int) -> None:
    left = calls

    async def work() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            result = await client.call_tool("echo", {"text": TEXT})
            block = result.content[0]
            if not isinstance(block, TextContent) or block.text != TEXT:
                sys.exit("a wrong reply")

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(work())


async def main() -> None:
    async with connect("auto", sys.argv[1:]) as client:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            match line.split():
                case ["run", calls, in_flight]:
                    await run(client, int(calls), int(in_flight))
                    print(f"done {calls}", flush=True)
                case _:
                    sys.exit(f"not understood: {line}")


asyncio.run(main())
