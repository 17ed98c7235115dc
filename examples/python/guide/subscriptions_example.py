import asyncio

from dovetail import Client, Server

server = Server("news")


@server.resource("note://welcome")
def welcome() -> str:
    return "Hello"


@server.tool
def add(a: int, b: int) -> int:
    return a + b


async def main() -> None:
    async with (
        Client(server) as client,
        client.listen(tools=True, uris=["note://welcome"]) as changes,
    ):
        server.tool(name="plus")(add)
        print(f"{(await anext(changes)).kind} changed")
        server.resource_updated("note://welcome")
        print(f"updated {(await anext(changes)).uri}")


asyncio.run(main())
