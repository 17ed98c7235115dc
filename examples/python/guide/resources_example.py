import asyncio

from dovetail import Client, DovetailError, Server

server = Server("notes")


@server.resource("note://welcome")
def welcome() -> str:
    return "Hello"


@server.resource_template("note://people/{name}")
def person(name: str) -> str:
    return f"note for {name}"


async def main() -> None:
    async with Client(server) as client:
        for resource in await client.list_resources():
            print(resource.uri)
        print((await client.read_resource("note://welcome")).text)
        print((await client.read_resource("note://people/ada")).text)
        try:
            await client.read_resource("file:///nothing")
        except DovetailError as error:
            print(f"refused: {error.name}")


asyncio.run(main())
