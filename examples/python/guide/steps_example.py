import asyncio

from dovetail import Client, Context, Server

server = Server("shop")
charged = 0


def charge() -> str:
    global charged
    charged += 1
    return f"receipt {charged}"


@server.tool
async def pay(ctx: Context) -> str:
    # On newer revisions a question ends the run, and the handler runs again with the answer: a step does not.
    receipt = await ctx.step("charge", charge, str)
    return receipt if await ctx.confirm("Keep it?") else "returned"


async def main() -> None:
    async with Client(server, on_elicit=lambda _: {}) as client:
        await client.call("pay")
        print(f"charged {charged} time")


asyncio.run(main())
