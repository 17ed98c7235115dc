"""Resources, templates, prompts and completions, in memory and over HTTP, in both eras."""

import pytest

from dovetail import Client, Code, DovetailError, Image, Server, Text


async def test_resources_are_listed_and_read(library):
    async with library() as client:
        listed = {resource.uri: resource for resource in await client.list_resources()}
        assert list(listed) == ["lib://text", "lib://bytes", "lib://data", "lib://many", "lib://broken"]
        text = listed["lib://text"]
        assert (text.name, text.title, text.description) == ("text", "A text", "Some text.")
        assert (text.mime_type, text.size) == ("text/plain", 4)
        assert listed["lib://data"].name == "numbers"

        read = await client.read_resource("lib://text")
        assert (read.text, read.contents[0].uri, read.contents[0].mime_type) == ("text", "lib://text", "text/plain")
        assert (await client.read_resource("lib://bytes")).blob == b"\x89PNG"
        data = await client.read_resource("lib://data")
        assert (data.text, data.contents[0].mime_type) == ("[1,2]", "application/json")
        many = await client.read_resource("lib://many")
        assert [(one.uri, one.text, one.blob) for one in many.contents] == [
            ("lib://many/1", "lib://many", None),
            ("lib://many/2", None, b"2"),
        ]


async def test_what_cannot_be_read_is_an_error(library):
    async with library() as client:
        with pytest.raises(DovetailError) as caught:
            await client.read_resource("lib://nowhere")
        assert caught.value.code is Code.UNKNOWN_RESOURCE
        with pytest.raises(DovetailError, match="server's log says why") as caught:
            await client.read_resource("lib://broken")
        assert "it broke" not in str(caught.value)


async def test_templates_hand_over_variables(library):
    async with library() as client:
        templates = {template.uri_template: template for template in await client.list_resource_templates()}
        assert templates["lib://weather/{city}/{year}"].description == "Weather of a year."
        read = await client.read_resource("lib://weather/oslo/2026")
        assert read.text == '{"city":"oslo","year":2026,"name":"lib://weather/oslo/2026"}'
        raw = await client.read_resource("lib://raw/abc")
        assert (raw.blob, raw.contents[0].uri) == (b"abc", "lib://raw/abc")
        assert raw.contents[0].mime_type == "application/octet-stream"


async def test_prompts_are_listed_and_made(library):
    async with library() as client:
        prompts = {prompt.name: prompt for prompt in await client.list_prompts()}
        assert list(prompts) == ["plain", "trip", "asking"]
        assert (prompts["plain"].description, prompts["trip"].title) == ("Says little.", "Trip")
        city, days = prompts["trip"].arguments
        assert (city.name, city.description, city.required) == ("city", "Where to", True)
        assert (days.name, days.required) == ("days", False)

        plain = await client.get_prompt("plain")
        assert [(message.role, message.content) for message in plain.messages] == [("user", Text("plain"))]
        assert plain.description == "Says little."
        made = await client.get_prompt("trip", city="oslo", days="4")
        assert [(message.role, message.content) for message in made.messages] == [
            ("user", Text("5 days")),
            ("assistant", Image(b"png", "image/png")),
        ]
        assert (await client.get_prompt("trip", {"city": "oslo"})).messages[0].content == Text("2 days")


async def test_prompts_that_there_are_not(library):
    async with library() as client:
        with pytest.raises(DovetailError) as caught:
            await client.get_prompt("nope")
        assert caught.value.code is Code.UNKNOWN_PROMPT
        with pytest.raises(DovetailError) as caught:
            await client.get_prompt("trip")
        assert caught.value.code is Code.INVALID_PARAMS


async def test_prompts_ask(library):
    async with library(on_elicit=lambda question: {"name": "Ada"}) as client:
        assert (await client.get_prompt("asking")).messages[0].content == Text("Ada")


async def test_completions(library):
    async with library() as client:
        assert (await client.complete("city", "li", prompt="trip")).values == ["lima", "lisbon"]
        template = "lib://weather/{city}/{year}"
        assert (await client.complete("year", "2", resource_template=template)).values == ["2025", "2026"]
        found = await client.complete("city", "o", resource_template=template, others={"year": "2026"})
        assert found.values == ["oslo-2026"]
        assert (await client.complete("city", "x", prompt="trip")).values == []
        with pytest.raises(TypeError, match="say of what"):
            await client.complete("city", "")


def test_signatures_that_cannot_be():
    server = Server("refuses")
    with pytest.raises(TypeError, match="'x' of resource a://b: a resource has no arguments"):

        @server.resource("a://b")
        def with_argument(x: int) -> str: ...

    with pytest.raises(TypeError, match="what a prompt gets is text"):

        @server.prompt
        def with_list(x: list[int]) -> str: ...

    with pytest.raises(TypeError, match="there is no 'y' to complete"):

        @server.prompt(completions={"y": ["a"]})
        def completed(x: str) -> str: ...

    with pytest.raises(TypeError, match="a completer gets"):

        @server.prompt(completions={"x": lambda: []})  # type: ignore[dict-item]
        def completed_wrongly(x: str) -> str: ...

    server.resource("a://c", name="c")(lambda: "c")
    with pytest.raises(ValueError, match="a resource at 'a://c' already"):
        server.resource("a://c", name="c")(lambda: "c")


async def test_a_prompt_that_returns_nonsense_is_an_error():
    server = Server("nonsense")
    server.prompt(name="bad")(lambda: 5)
    async with Client(server) as client:
        with pytest.raises(DovetailError, match="not int"):
            await client.get_prompt("bad")
