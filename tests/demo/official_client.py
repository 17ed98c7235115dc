"""official_client.py legacy|auto TOOL JSON (URL | -- COMMAND…): one call with the official Python client."""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters


async def main(mode: str, tool: str, arguments: str, *target: str) -> None:
    server = target[0] if target[0] != "--" else StdioServerParameters(command=target[1], args=list(target[2:]))
    async with Client(server, mode=mode, read_timeout_seconds=30) as client:
        result = await client.call_tool(tool, json.loads(arguments))
        print(client.protocol_version, result.model_dump_json(by_alias=True, exclude_none=True))
        if result.is_error:
            sys.exit(1)


asyncio.run(main(*sys.argv[1:]))
