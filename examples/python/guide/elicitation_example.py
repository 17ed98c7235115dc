import asyncio
from dataclasses import dataclass

from dovetail import Client, Context, Question, Server

server = Server("bookings")


@dataclass
class Booking:
    date: str


@server.tool
async def book(ctx: Context) -> str:
    answer = await ctx.elicit("Which day?", Booking)
    return f"booked for {answer.content.date}" if answer.content else "not booked"


def accept(question: Question) -> Booking:
    print(f"asked: {question.message}")
    return Booking("2026-12-01")


def decline(question: Question) -> None:
    return None


async def main() -> None:
    for on_elicit in (accept, decline):
        async with Client(server, on_elicit=on_elicit) as client:
            print((await client.call("book")).data)


asyncio.run(main())
