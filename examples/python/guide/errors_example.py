import asyncio

from dovetail import Client, DovetailError, Server

server = Server("errors")


@server.tool
def save() -> str:
    raise OSError("the disk is full")


@server.tool
async def wait() -> str:
    return await asyncio.Future()


async def main() -> None:
    async with Client(server) as client:
        try:
            await client.call("save")
        except DovetailError as error:
            print(f"{error.name}: {error.detail}")
        try:
            await client.call("nothing")
        except DovetailError as error:
            print(error.name)
        try:
            await client.with_options(timeout=0.05).call("wait")
        except DovetailError as error:
            print(error.name)


asyncio.run(main())
