import asyncio

from dovetail import Client, DovetailError, Server

server = Server("calculator")


@server.tool
def add(a: int, b: int) -> int:
    """Add two numbers"""
    return a + b


async def main() -> None:
    async with Client(server) as client:
        for tool in await client.list_tools():
            print(f"{tool.name}: {tool.description}")
        print((await client.call("add", a=1, b=2)).data)
        try:
            await client.call("add", a="one", b=2)
        except DovetailError as error:
            print(f"refused: {error.name}")


asyncio.run(main())
