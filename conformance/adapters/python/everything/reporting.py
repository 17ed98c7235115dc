"""Tools that report while they run, change what the server offers, or outlast their connection."""

import asyncio

from dovetail import Context, Server

# Far enough apart to be seen one by one.
PAUSE = 0.05


def add(server: Server) -> None:
    @server.tool
    async def test_tool_with_progress(ctx: Context) -> str:
        """Reports progress."""
        for done in (0, 50, 100):
            ctx.progress(done, 100, f"Completed step {done} of 100")
            await asyncio.sleep(PAUSE)
        return "Tool with progress executed successfully"

    @server.tool
    async def test_tool_with_logging(ctx: Context) -> str:
        """Logs."""
        for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
            ctx.log("info", line)
            await asyncio.sleep(PAUSE)
        return "Tool with logging executed successfully"

    @server.tool
    def test_logging_tool(ctx: Context) -> str:
        """Logs for requests that ask for it."""
        ctx.log("error", "A log message for whoever asked", logger="everything")
        return "logged"

    @server.tool
    async def test_reconnection(ctx: Context) -> str:
        """Outlasts its connection."""
        await ctx.detach(retry=0.5)
        await asyncio.sleep(2 * PAUSE)
        return "Reconnection test completed successfully."

    @server.tool
    def test_trigger_tool_change() -> str:
        """Announces other tools."""
        server.announce("tools")
        return "announced"

    @server.tool
    def test_trigger_prompt_change() -> str:
        """Announces other prompts."""
        server.announce("prompts")
        return "announced"
