import asyncio

from dovetail import Client, Context, Progress, Server

server = Server("workers")


@server.tool
async def count(ctx: Context) -> str:
    for step in (1, 2, 3):
        ctx.progress(step, 3)
    return "done"


@server.tool
async def wait(ctx: Context) -> str:
    ctx.progress(1)
    return await asyncio.Future()  # until it is cancelled


def show(progress: Progress) -> None:
    print(f"{progress.progress:g} of {progress.total:g}")


async def main() -> None:
    async with Client(server) as client:
        print((await client.with_options(on_progress=show).call("count")).data)

        begun = asyncio.Event()
        waiting = asyncio.create_task(client.with_options(on_progress=lambda _: begun.set()).call("wait"))
        await begun.wait()
        waiting.cancel()  # reaches the server, too
        try:
            await waiting
        except asyncio.CancelledError:
            print("cancelled")


asyncio.run(main())
