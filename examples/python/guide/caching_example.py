import asyncio
from typing import Any

from dovetail import CacheHint, Client, Message, Next, Server

server = Server("cached", cache={"tools": CacheHint(ttl=60)})
asked = 0


@server.layer(methods=["tools/list"])
async def count(message: Message, next: Next) -> Any:
    global asked
    asked += 1
    return await next(message)


@server.tool
def add(a: int, b: int) -> int:
    return a + b


async def main() -> None:
    async with Client(server) as client:
        await client.list_tools()
        await client.list_tools()
    print(f"asked the server {asked} time")


asyncio.run(main())
