"""Schemas from signatures: what is accepted, what it becomes, what is refused and how."""

import asyncio
import enum
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
import pytest

import dovetail.blocking
from dovetail import Client, Context, Server, Tool
from dovetail.schema import form_of


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Tree(msgspec.Struct):
    """A tree."""

    value: int
    children: list["Tree"] = []


class Extra(TypedDict):
    a: int
    b: NotRequired[str]


@dataclass
class Plain:
    name: str
    size: float = 1.5


async def described(handler: Any, **options: Any) -> Tool:
    server = Server("schemas")
    server.tool(**options)(handler)
    async with Client(server) as client:
        (tool,) = await client.list_tools()
    return tool


async def test_scalars_defaults_and_annotations():
    def tool(
        a: int,
        b: float | None = None,
        c: Annotated[str, msgspec.Meta(description="A letter", max_length=1)] = "x",
        d: Literal["p", "q"] = "p",
        e: bool = False,
    ) -> None: ...

    assert (await described(tool)).input_schema == {
        "type": "object",
        "properties": {
            "a": {"type": "integer"},
            "b": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
            "c": {"type": "string", "maxLength": 1, "description": "A letter", "default": "x"},
            "d": {"type": "string", "enum": ["p", "q"], "default": "p"},
            "e": {"type": "boolean", "default": False},
        },
        "required": ["a"],
    }


async def test_named_types_become_local_definitions():
    def tool(plain: Plain, extra: Extra, colour: Colour, more: dict[str, list[Plain]]) -> Tree: ...

    described_tool = await described(tool)
    schema = described_tool.input_schema
    assert set(schema["$defs"]) == {"Plain", "Extra", "Colour"}
    assert schema["properties"]["plain"] == {"$ref": "#/$defs/Plain"}
    assert schema["$defs"]["Extra"]["required"] == ["a"]
    output = described_tool.output_schema
    assert output is not None
    assert (output["type"], output["description"], set(output["$defs"])) == ("object", "A tree.", {"Tree"})


@pytest.mark.parametrize("hint", [str, None, Any, Annotated[str, msgspec.Meta(description="text")]])
async def test_text_and_nothing_have_no_output_schema(hint):
    def tool(): ...

    tool.__annotations__["return"] = hint
    assert (await described(tool)).output_schema is None


async def test_the_docstring_describes_and_options_win():
    def tool() -> None:
        """First.

        Second.
        """

    assert (await described(tool)).description == "First.\n\nSecond."
    other = await described(tool, name="other", description="Mine", annotations={"readOnlyHint": True})
    assert (other.name, other.description, other.annotations) == ("other", "Mine", {"readOnlyHint": True})


async def test_every_call_gets_a_default_of_its_own():
    server = Server("defaults")

    @server.tool
    def collect(item: int, into: list[int] = [1]) -> list[int]:
        into.append(item)
        return into

    async with Client(server) as client:
        assert (await client.call("collect", item=2)).data == [1, 2]
        assert (await client.call("collect", item=3)).data == [1, 3]


async def test_methods_and_callable_objects_are_tools():
    class Counter:
        def __init__(self) -> None:
            self.total = 0

        def add(self, by: int) -> int:
            self.total += by
            return self.total

        async def __call__(self, by: int) -> int:
            return await asyncio.sleep(0, by)

    server, counter = Server("objects"), Counter()
    server.tool(counter.add)
    server.tool(name="called")(counter)
    async with Client(server) as client:
        await client.call("add", by=2)
        assert (await client.call("add", by=3)).data == 5
        assert (await client.call("called", by=3)).data == 3


class Unknown: ...


def untyped(a): ...
def variadic(*a: int): ...
def unsupported(a: Unknown): ...
def unsupported_result() -> Unknown: ...
def unwritable_default(a: Any = object()): ...
def unresolved(a: "Nowhere"): ...  # type: ignore[name-defined]
def two_contexts(a: Context, b: Context): ...
def wrong_context(a: dovetail.blocking.Context): ...
def generator(): yield 1


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (untyped, "parameter 'a' of tool untyped: needs a type"),
        (variadic, "parameter 'a' of tool variadic"),
        (unsupported, "parameter 'a' of tool unsupported: no JSON Schema for .*Unknown"),
        (unsupported_result, "the result of tool unsupported_result: no JSON Schema"),
        (unwritable_default, "cannot be written as JSON"),
        (unresolved, "tool unresolved: .*Nowhere"),
        (two_contexts, "one context already"),
        (wrong_context, "gets a dovetail.Context"),
        (generator, "no generator"),
        (lambda: None, "no name of its own"),
    ],
)
def test_what_cannot_be_a_tool_is_refused_with_a_reason(handler, message):
    with pytest.raises(TypeError, match=message):
        Server("refuses").tool(handler)


def test_options_that_do_not_fit_are_refused():
    async def asynchronous() -> None: ...

    def asking(ctx: Context) -> None: ...

    server = Server("refuses")
    with pytest.raises(TypeError, match="for plain functions"):
        server.tool(blocking=True)(asynchronous)
    with pytest.raises(TypeError, match="gets a dovetail.blocking.Context"):
        server.tool(blocking=True)(asking)
    with pytest.raises(TypeError, match="asks is a list"):
        server.tool(asks="form")(asynchronous)


def test_forms_are_flat():
    class Form(msgspec.Struct):
        colour: Colour
        name: Annotated[str, msgspec.Meta(description="Yours")]
        maybe: int | None = None

    assert form_of(Form) == {
        "type": "object",
        "properties": {
            "colour": {"type": "string", "enum": ["blue", "red"]},
            "name": {"type": "string", "description": "Yours"},
            "maybe": {"type": "integer"},
        },
        "required": ["colour", "name"],
    }
    with pytest.raises(TypeError, match="a form is"):
        form_of(list[int])
