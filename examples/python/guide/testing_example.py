import asyncio

from dovetail import Client, Server

server = Server("calculator")


@server.tool
def add(a: int, b: int) -> int:
    return a + b


async def test_add() -> None:
    async with Client(server) as client:  # no sockets, no process
        assert (await client.call("add", a=1, b=2)).data == 3
        refused = await client.call_raw("add", a="one", b=2)
        assert refused.is_error and "/a" in refused.text


asyncio.run(test_add())  # with pytest-asyncio, pytest runs it
print("ok")
