"""Calls whichever of the example tools a server has: `client.py URL`, `client.py -- command args…`."""

import asyncio
import sys
from dataclasses import dataclass

from dovetail import Client, Command, DovetailError, Progress, Question


@dataclass
class Day:
    day: int
    high: float
    low: float
    sky: str


@dataclass
class Forecast:
    city: str
    days: list[Day]


def yes(question: Question) -> dict[str, bool]:
    print(f"{question.message} yes")
    return {field: True for field in question.schema.get("properties", {})}


def show(step: Progress) -> None:
    print(f"  {step.progress:g}/{step.total or 0:g} {step.message}")


async def visit(target: str | Command) -> None:
    async with Client(target, on_elicit=yes) as client:
        server = await client.server_info()
        print(f"connected to {(server.info or {}).get('name')} ({server.revision})")

        tools = {tool.name: tool for tool in await client.list_tools()}
        for tool in tools.values():
            print(f"tool {tool.name}: {tool.description}")

        if "weather" in tools:
            result = await client.with_options(on_progress=show).call("weather", city="Oslo", days=3)
            for day in result.data_as(Forecast).days:
                print(f"day {day.day}: {day.sky}, {day.low:g} to {day.high:g} degrees")
        if "remove" in tools:
            print((await client.call("remove", path="a.txt")).data)


def main() -> int:
    match sys.argv[1:]:
        case ["--", program, *arguments]:
            target: str | Command = Command(program, arguments)
        case [url]:
            target = url
        case _:
            print("usage: client.py (URL | -- command args…)", file=sys.stderr)
            return 2
    try:
        asyncio.run(visit(target))
    except DovetailError as error:
        print(f"error: {error.name}: {error.detail}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
