import asyncio

from dovetail import Client, Server, Text

server = Server("prompts")


@server.prompt
def greet(name: str) -> str:
    """Greet somebody"""
    return f"Greet {name}."


async def main() -> None:
    async with Client(server) as client:
        for prompt in await client.list_prompts():
            print(f"{prompt.name}: {prompt.description}")
        for message in (await client.get_prompt("greet", name="Ada")).messages:
            if isinstance(message.content, Text):
                print(f"{message.role}: {message.content.text}")


asyncio.run(main())
