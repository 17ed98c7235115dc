"""Tools that ask their client, linear in every era."""

import json
from typing import Any

from dovetail import Context, Elicitation, Server


def titled(*titles: str) -> list[dict[str, str]]:
    return [{"const": f"value{number}", "title": title} for number, title in enumerate(titles, 1)]


def form(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


CONTACT = form(
    {
        "username": {"type": "string", "description": "User name"},
        "email": {"type": "string", "format": "email", "description": "User email"},
    },
    "username",
    "email",
)

DEFAULTS = form(
    {
        "name": {"type": "string", "description": "User name", "default": "John Doe"},
        "age": {"type": "integer", "description": "User age", "default": 30},
        "score": {"type": "number", "description": "User score", "default": 95.5},
        "status": {
            "type": "string",
            "description": "User status",
            "enum": ["active", "inactive", "pending"],
            "default": "active",
        },
        "verified": {"type": "boolean", "description": "Verification status", "default": True},
    }
)

OPTIONS = ["option1", "option2", "option3"]
ENUMS = form(
    {
        "untitledSingle": {"type": "string", "enum": OPTIONS},
        "titledSingle": {"type": "string", "oneOf": titled("First Option", "Second Option", "Third Option")},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": OPTIONS}},
        "titledMulti": {
            "type": "array",
            "items": {"anyOf": titled("First Choice", "Second Choice", "Third Choice")},
        },
    }
)


def spoken(answer: Elicitation[dict[str, Any]]) -> str:
    if answer.content is None:
        return f"action={answer.action}"
    return f"action={answer.action}, content={json.dumps(answer.content)}"


def add(server: Server) -> None:
    @server.tool
    async def test_sampling(prompt: str, ctx: Context) -> str:
        """Asks the client's model."""
        return f"LLM response: {(await ctx.sample(prompt, max_tokens=100)).text}"

    @server.tool
    async def test_elicitation(message: str, ctx: Context) -> str:
        """Asks the user."""
        return f"User response: {spoken(await ctx.elicit(message, CONTACT))}"

    @server.tool
    async def test_elicitation_sep1034_defaults(ctx: Context) -> str:
        """Asks with defaults."""
        return f"Elicitation completed: {spoken(await ctx.elicit('Please review the defaults', DEFAULTS))}"

    @server.tool
    async def test_elicitation_sep1330_enums(ctx: Context) -> str:
        """Asks with choices."""
        return f"Elicitation completed: {spoken(await ctx.elicit('Please select options', ENUMS))}"

    @server.tool
    async def test_streaming_elicitation(ctx: Context) -> str:
        """Asks while it could report."""
        return f"Elicitation completed: {spoken(await ctx.elicit('Please review the defaults', DEFAULTS))}"

    @server.tool(asks=["sample"])
    def test_missing_capability() -> str:
        """Needs a client that can sample."""
        return "The client can sample"
