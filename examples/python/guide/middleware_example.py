import asyncio
from typing import Any

from dovetail import Client, Message, Next, Server

server = Server("calculator")


@server.layer(methods=["tools/call"])
async def around(message: Message, next: Next) -> Any:
    print(f"before {message.params['name']}")
    result = await next(message)
    print(f"after {message.params['name']}")
    return result


@server.tool
def add(a: int, b: int) -> int:
    return a + b


async def main() -> None:
    async with Client(server) as client:
        print((await client.call("add", a=1, b=2)).data)


asyncio.run(main())
