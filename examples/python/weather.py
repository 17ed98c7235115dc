"""A typed tool with structured output and progress: `weather.py` on stdio, `weather.py --http HOST:PORT`."""

import argparse
import asyncio
import sys
from dataclasses import dataclass

from dovetail import Context, Server

SKIES = ("clear", "cloudy", "rain")

server = Server("weather", "1.0.0")


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


@server.tool
async def weather(city: str, ctx: Context, days: int = 1) -> Forecast:
    """Forecast for a city"""
    forecast = Forecast(city, [])
    for day in range(days):
        seed = sum(map(ord, city)) + day
        high = 15 + seed % 15
        forecast.days.append(Day(day, high, high - 8, SKIES[seed % 3]))
        ctx.progress(day + 1, days, f"day {day + 1}")
        await asyncio.sleep(0)
    return forecast


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--http", metavar="HOST:PORT")
    server.run(
        http=parser.parse_args().http,
        on_ready=lambda url: print(f"listening on {url}", file=sys.stderr, flush=True),
    )
