"""Tools and a prompt whose questions travel in results, under the names that the suite looks for."""

from typing import Any

from dovetail import Ask, Context, Server

from .asking import form, spoken

NAME = form({"name": {"type": "string"}}, "name")
CONFIRM = form({"ok": {"type": "boolean"}}, "ok")
COLOR = form({"color": {"type": "string"}}, "color")
TOPIC = form({"context": {"type": "string"}}, "context")


def add(server: Server) -> None:
    # The suite answers this question before it is put.
    @server.tool(open_answers=True)
    async def test_input_required_result_elicitation(ctx: Context) -> str:
        """Asks for a name."""
        return f"Hello: {spoken(await ctx.elicit('What is your name?', NAME, name='user_name'))}"

    @server.tool
    async def test_input_required_result_sampling(ctx: Context) -> str:
        """Asks the model."""
        answer = await ctx.sample("What is the capital of France?", max_tokens=100, name="capital_question")
        return f"The model said: {answer.text}"

    @server.tool
    async def test_input_required_result_list_roots(ctx: Context) -> str:
        """Asks for roots."""
        return "Roots: " + ", ".join(root.uri for root in await ctx.list_roots(name="client_roots"))

    async def state(ctx: Context) -> str:
        return f"state-ok: {spoken(await ctx.elicit('Please confirm', CONFIRM, name='confirm'))}"

    server.tool(name="test_input_required_result_request_state", description="Keeps its state")(state)
    server.tool(name="test_input_required_result_tampered_state", description="Guards its state")(state)

    @server.tool
    async def test_input_required_result_multiple_inputs(ctx: Context) -> str:
        """Asks three things at once."""
        answers = await ctx.ask(
            {
                "user_name": Ask.form("What is your name?", NAME),
                "greeting": Ask.sample("Generate a greeting", max_tokens=50),
                "client_roots": Ask.roots(),
            }
        )
        return f"All answered: {spoken(answers['user_name'])}"

    @server.tool
    async def test_input_required_result_multi_round(ctx: Context) -> str:
        """Asks twice."""
        name = await ctx.elicit("Step 1: What is your name?", NAME, name="step1")
        color = await ctx.elicit("Step 2: What is your favorite color?", COLOR, name="step2")
        return f"Done: {spoken(name)} and {spoken(color)}"

    @server.tool
    async def test_input_required_result_capabilities(ctx: Context) -> str:
        """Asks what can be answered."""
        able: dict[str, Any] = ctx.info.client_capabilities or {}
        if "sampling" in able:
            await ctx.sample("Say hello", max_tokens=50)
        if "elicitation" in able:
            await ctx.elicit("What is your name?", NAME, name="user_name")
        return "Everything that this client can answer was asked"

    @server.prompt
    async def test_input_required_result_prompt(ctx: Context) -> str:
        """Asks before it is written."""
        answer = await ctx.elicit("What context should the prompt use?", TOPIC, name="user_context")
        return f"Use this context: {spoken(answer)}"
