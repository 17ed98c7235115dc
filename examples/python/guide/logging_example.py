import asyncio

from dovetail import Client, Context, LogMessage, Server

server = Server("logs")


@server.tool
async def work(ctx: Context) -> str:
    ctx.log("info", "working")
    return "done"


def show(message: LogMessage) -> None:
    print(f"{message.level}: {message.data}")


async def main() -> None:
    async with Client(server, on_log=show, log_level="info") as client:
        await client.call("work")


asyncio.run(main())
