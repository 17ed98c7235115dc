import asyncio

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from dovetail import Client, Server

server = Server("calculator")


@server.tool
def add(a: int, b: int) -> int:
    return a + b


# In FastAPI: app.router.routes.append(Route("/mcp", server.asgi())). Usually `uvicorn module:app` serves it.
app = Starlette(routes=[Route("/mcp", server.asgi())])
host = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))


async def call() -> None:
    while not host.started:
        await asyncio.sleep(0)
    port = host.servers[0].sockets[0].getsockname()[1]
    async with Client(f"http://127.0.0.1:{port}/mcp") as client:
        print((await client.call("add", a=1, b=2)).data)
    host.should_exit = True


async def main() -> None:
    await asyncio.gather(host.serve(), call())


asyncio.run(main())
