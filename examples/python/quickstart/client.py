import asyncio
from dovetail import Client, Command


async def main() -> None:
    async with Client(Command("python", ["server.py"])) as client:  # or Client("http://127.0.0.1:8000/mcp")
        total = await client.call("add", a=1, b=2)
        print(total.data)


asyncio.run(main())
