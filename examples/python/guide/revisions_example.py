import asyncio

from dovetail import Client, Server

server = Server("old and new")


async def main() -> None:
    async with Client(server) as client:  # finds the newest that both sides speak
        print((await client.server_info()).revision)
    async with Client(server, revision="2025-11-25") as client:
        print((await client.server_info()).revision)


asyncio.run(main())
