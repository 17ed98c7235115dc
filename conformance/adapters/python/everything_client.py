"""The client that the official conformance suite tests: `everything_client.py URL`.

What to do comes in the environment, as the suite sets it.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from dovetail import Client, DovetailError, Question, Sample

Scenario = Callable[[Client], Awaitable[object]]

EXAMPLES: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}


def example(schema: dict[str, Any]) -> dict[str, Any]:
    """Arguments that a schema of flat, required properties accepts."""
    properties = schema.get("properties", {})
    return {name: EXAMPLES.get(properties[name].get("type"), "test") for name in schema.get("required", [])}


async def lists(client: Client) -> None:
    await client.list_tools()


async def calls(client: Client) -> None:
    await client.list_tools()
    await client.call("add_numbers", a=5, b=3)


async def defaults(client: Client) -> None:
    await client.list_tools()
    await client.call("test_client_elicitation_defaults")


async def retries(client: Client) -> None:
    await client.list_tools()
    await client.call("test_reconnection")


async def rounds(client: Client) -> None:
    """Tools that ask, all of them at once: what belongs to one must not reach another."""
    tools = await client.list_tools()
    await asyncio.gather(*(client.call_raw(tool.name, example(tool.input_schema)) for tool in tools))


async def every_tool(client: Client) -> None:
    for tool in await client.list_tools():
        await client.call_raw(tool.name, example(tool.input_schema))


async def everything(client: Client) -> None:
    """Every request that the suite looks at, once."""
    await every_tool(client)
    for resource in await client.list_resources():
        await client.read_resource(resource.uri)
    for prompt in await client.list_prompts():
        await client.get_prompt(prompt.name, {argument.name: "test" for argument in prompt.arguments})


async def task_calls(client: Client) -> None:
    await client.list_tools()
    for call in json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}").get("toolCalls", []):
        await client.call_raw(call["name"], call.get("arguments"))


async def schema_echo(client: Client) -> None:
    schemas = {tool.name: tool.input_schema for tool in await client.list_tools()}
    await client.call("json_schema_echo", schema=schemas["json_schema_2020_12_tool"])


SCENARIOS: dict[str, Scenario] = {
    "initialize": lists,
    "request-metadata": lists,
    "json-schema-ref-no-deref": lists,
    "tools_call": calls,
    "elicitation-sep1034-client-defaults": defaults,
    "sse-retry": retries,
    "sep-2322-client-request-state": rounds,
    "http-standard-headers": everything,
    "http-custom-headers": task_calls,
    "http-invalid-tool-headers": every_tool,
    "json-schema-2020-12-preservation": schema_echo,
}


def fill(question: Question) -> dict[str, Any]:
    return question.defaults()


async def run(scenario: Scenario, url: str) -> None:
    wanted = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "auto")
    # The newest revision is found, as users would; older ones are insisted on.
    revision = wanted if wanted in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25") else "auto"
    client = Client(
        url,
        on_elicit=fill,
        on_elicit_url=lambda _: True,
        on_sample=lambda _: Sample.of("This is a test response.", "test-model"),
        roots=["file:///workspace"],
        revision=revision,
        name="dovetail-conformance",
        version="1.0.0",
    )
    async with client:
        await scenario(client)


def main() -> int:
    name = os.environ.get("MCP_CONFORMANCE_SCENARIO", "")
    if len(sys.argv) < 2 or not name:
        print("usage: MCP_CONFORMANCE_SCENARIO=… everything_client.py URL", file=sys.stderr)
        return 2
    if name not in SCENARIOS:
        print(f"nothing is known about the scenario {name}", file=sys.stderr)
        return 1
    try:
        asyncio.run(run(SCENARIOS[name], sys.argv[-1]))
    except DovetailError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
