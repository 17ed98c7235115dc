"""The client of the benchmark: `bench_client.py (URL | -- command arguments…)`; reads `run CALLS IN_FLIGHT`."""

import asyncio
import sys

from dovetail import Client, Command

TEXT = "abcdefghijklmnopqrstuvwxyz012345"


async def run(client: Client, calls: int, in_flight: int) -> None:
    left = calls

    async def work() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            if (await client.call("echo", text=TEXT)).data != TEXT:
                sys.exit("a wrong reply")

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(work())


async def main(words: list[str]) -> None:
    match words:
        case ["--", program, *arguments]:
            target: str | Command = Command(program, arguments)
        case [url]:
            target = url
        case _:
            sys.exit("usage: bench_client.py (URL | -- command args…)")
    async with Client(target) as client:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            match line.split():
                case ["run", calls, in_flight]:
                    await run(client, int(calls), int(in_flight))
                    print(f"done {calls}", flush=True)
                case _:
                    sys.exit(f"not understood: {line}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
