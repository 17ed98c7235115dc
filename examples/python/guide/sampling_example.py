import asyncio

from dovetail import Client, Context, Sample, SampleRequest, Server

server = Server("models")


@server.tool
async def summarize(text: str, ctx: Context) -> str:
    return (await ctx.sample(f"Summarize: {text}", max_tokens=100)).text


@server.tool
async def where(ctx: Context) -> str:
    return (await ctx.list_roots())[0].uri


async def model(request: SampleRequest) -> Sample:
    return Sample.of("short", model="my-model")  # ask a model here


async def main() -> None:
    async with Client(server, on_sample=model, roots=["file:///project"]) as client:
        print((await client.call("summarize", text="a long story")).data)
        print((await client.call("where")).data)


asyncio.run(main())
