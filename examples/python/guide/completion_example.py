import asyncio

from dovetail import Client, Server

server = Server("languages")


@server.prompt(completions={"language": ["python", "pytorch", "rust"]})  # or a function of what was typed
def review(language: str) -> str:
    return f"Review this {language} code."


async def main() -> None:
    async with Client(server) as client:
        completion = await client.complete("language", "py", prompt="review")
        print(", ".join(completion.values))


asyncio.run(main())
