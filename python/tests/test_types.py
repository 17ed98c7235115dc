"""Types of tools: the schema that each becomes, and that values come in and go out as they say.

The schemas are golden: what is written here is what clients see.
"""

import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum
from types import GenericAlias
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict
from uuid import UUID

import annotated_types
import msgspec
import pydantic
import pytest

from dovetail import Client, Context, DovetailError, Elicitation, Server
from dovetail.schema import form_of


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Plain:
    name: str
    size: float = 1.5
    # No list from a factory: only newer versions of msgspec have that in the schema.
    tags: tuple[str, ...] = ()


class Extra(TypedDict):
    a: int
    b: NotRequired[str]


class Pair(NamedTuple):
    left: int
    right: int


class Struct(msgspec.Struct, rename="camel"):
    long_name: Annotated[str, msgspec.Meta(description="A name", min_length=1)]


class Inner(pydantic.BaseModel):
    x: int = pydantic.Field(ge=1, description="At least one")


class Model(pydantic.BaseModel):
    """A model."""

    inner: Inner
    many: list[Inner] = []
    kind: Literal["a", "b"] = "a"
    renamed: int = pydantic.Field(3, alias="as")

    @pydantic.field_validator("kind")
    @classmethod
    def no_b(cls, kind: str) -> str:
        if kind == "b":
            raise ValueError("b is sold out")
        return kind


PLAIN = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "size": {"type": "number", "default": 1.5},
        "tags": {"type": "array", "items": {"type": "string"}, "default": []},
    },
    "required": ["name"],
}
EXTRA = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"]}
STRUCT = {
    "type": "object",
    "properties": {"longName": {"type": "string", "minLength": 1, "description": "A name"}},
    "required": ["longName"],
}
INNER = {
    "type": "object",
    "title": "Inner",
    "properties": {"x": {"type": "integer", "minimum": 1, "description": "At least one"}},
    "required": ["x"],
}
MODEL = {
    "type": "object",
    "description": "A model.",
    "properties": {
        "inner": {"$ref": "#/$defs/Inner"},
        "many": {"type": "array", "items": {"$ref": "#/$defs/Inner"}, "default": []},
        "kind": {"type": "string", "enum": ["a", "b"], "default": "a"},
        "as": {"type": "integer", "default": 3},
    },
    "required": ["inner"],
}
COLOUR = {"title": "Colour", "type": "string", "enum": ["blue", "red"]}

# The type of an argument, its schema, the definitions beside it, and a value.
ARGUMENTS: list[tuple[Any, dict[str, Any], dict[str, Any], Any]] = [
    (int, {"type": "integer"}, {}, 1),
    (float, {"type": "number"}, {}, 1.5),
    (bool, {"type": "boolean"}, {}, True),
    (str, {"type": "string"}, {}, "a"),
    (bytes, {"type": "string", "contentEncoding": "base64"}, {}, "AP8="),
    (date, {"type": "string", "format": "date"}, {}, "2026-12-01"),
    (UUID, {"type": "string", "format": "uuid"}, {}, "12345678-1234-5678-1234-567812345678"),
    (Any, {}, {}, {"a": [1]}),
    (list[int], {"type": "array", "items": {"type": "integer"}}, {}, [1, 2]),
    (dict[str, float], {"type": "object", "additionalProperties": {"type": "number"}}, {}, {"a": 1.5}),
    (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}, {}, None),
    (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}, {}, "a"),
    (Literal["b", "a"], {"type": "string", "enum": ["a", "b"]}, {}, "b"),
    (Literal[1, 2], {"enum": [1, 2]}, {}, 2),
    (Colour, {"$ref": "#/$defs/Colour"}, {"Colour": COLOUR}, "blue"),
    (Level, {"$ref": "#/$defs/Level"}, {"Level": {"title": "Level", "enum": [1, 2]}}, 2),
    (Plain, {"$ref": "#/$defs/Plain"}, {"Plain": PLAIN | {"title": "Plain"}}, {"name": "n", "size": 2.5, "tags": ["t"]}),
    (Extra, {"$ref": "#/$defs/Extra"}, {"Extra": EXTRA | {"title": "Extra"}}, {"a": 1, "b": "x"}),
    (Struct, {"$ref": "#/$defs/Struct"}, {"Struct": STRUCT | {"title": "Struct"}}, {"longName": "n"}),
    (
        list[Model],
        {"type": "array", "items": {"$ref": "#/$defs/Model"}},
        {"Model": MODEL | {"title": "Model"}, "Inner": INNER},
        [{"inner": {"x": 1}, "many": [{"x": 2}], "kind": "a", "as": 4}],
    ),
    (Annotated[int, "How many"], {"type": "integer", "description": "How many"}, {}, 1),
    (
        Annotated[int, pydantic.Field(description="How many", ge=1, lt=9)],
        {"type": "integer", "minimum": 1, "exclusiveMaximum": 9, "description": "How many"},
        {},
        1,
    ),
    (
        list[Annotated[str, annotated_types.MaxLen(3), "Short"]] | None,
        {
            "anyOf": [
                {"type": "array", "items": {"type": "string", "maxLength": 3, "description": "Short"}},
                {"type": "null"},
            ]
        },
        {},
        ["abc"],
    ),
    (
        Annotated[str, msgspec.Meta(title="T", pattern="^a"), "Starts with a"],
        {"type": "string", "title": "T", "pattern": "^a", "description": "Starts with a"},
        {},
        "ab",
    ),
]


@pytest.mark.parametrize(("hint", "schema", "definitions", "value"), ARGUMENTS, ids=lambda one: str(one)[:40])
async def test_a_type_has_its_schema_and_its_values_pass(hint, schema, definitions, value):
    server = Server("types")

    def give(it):
        return {"it": it}

    give.__annotations__.update({"it": hint, "return": GenericAlias(dict, (str, hint))})
    server.tool(give)
    async with Client(server) as client:
        (tool,) = await client.list_tools()
        assert tool.input_schema["properties"] == {"it": schema}
        assert tool.input_schema.get("$defs", {}) == definitions
        assert (await client.call("give", it=value)).data == {"it": value}


RESULTS: list[tuple[Any, Any, dict[str, Any], Any]] = [
    (Plain, Plain("n", tags=("t",)), PLAIN, {"name": "n", "size": 1.5, "tags": ["t"]}),
    (Extra, {"a": 1}, EXTRA, {"a": 1}),
    (Struct, Struct("n"), STRUCT, {"longName": "n"}),
    (
        Pair,
        Pair(1, 2),
        {"type": "array", "prefixItems": [{"type": "integer"}] * 2, "minItems": 2, "maxItems": 2},
        [1, 2],
    ),
    (Inner, Inner(x=2), {key: value for key, value in INNER.items() if key != "title"}, {"x": 2}),
]


@pytest.mark.parametrize(("hint", "result", "schema", "data"), RESULTS)
async def test_a_result_has_its_schema_and_comes_back_as_its_type(hint, result, schema, data):
    server = Server("results")

    def give() -> Any:
        return result

    give.__annotations__["return"] = hint
    server.tool(give)
    async with Client(server) as client:
        (tool,) = await client.list_tools()
        assert tool.output_schema == schema
        called = await client.call("give")
        assert called.data == data
        assert called.data_as(hint) == result


async def test_models_come_in_as_models_and_their_validators_are_heard():
    server = Server("models")

    @server.tool
    def kind(model: Model, other: Inner = Inner(x=5)) -> str:
        assert isinstance(model, Model) and isinstance(other, Inner)
        return f"{model.kind}{model.renamed}{other.x}"

    async with Client(server) as client:
        (tool,) = await client.list_tools()
        assert tool.input_schema["properties"]["other"] == {"$ref": "#/$defs/Inner", "default": {"x": 5}}
        assert (await client.call("kind", model={"inner": {"x": 1}, "as": 7})).data == "a75"
        with pytest.raises(DovetailError, match="b is sold out"):
            await client.call("kind", model={"inner": {"x": 1}, "kind": "b"})
        with pytest.raises(DovetailError, match="/model/inner/x"):
            await client.call("kind", model={"inner": {"x": 0}})


async def test_a_field_as_default_says_what_it_says_in_pydantic():
    server = Server("fields")

    @server.tool
    def page(number: int = pydantic.Field(1, ge=1, description="Which"), size: int = pydantic.Field(le=9)) -> list[int]:
        return [number, size]

    async with Client(server) as client:
        (tool,) = await client.list_tools()
        assert tool.input_schema == {
            "type": "object",
            "properties": {
                "number": {"type": "integer", "minimum": 1, "description": "Which", "default": 1},
                "size": {"type": "integer", "maximum": 9},
            },
            "required": ["size"],
        }
        assert (await client.call("page", size=2)).data == [1, 2]


async def test_a_model_is_a_form():
    class Form(pydantic.BaseModel):
        day: str = pydantic.Field(description="Which day")
        people: int | None = None

    properties = {"day": {"type": "string", "description": "Which day"}, "people": {"type": "integer"}}
    assert form_of(Form) == {"type": "object", "properties": properties, "required": ["day"]}
    server = Server("forms")

    @server.tool
    async def book(ctx: Context) -> str:
        answer = await ctx.elicit("When?", Form)
        return repr(answer.content)

    async with Client(server, on_elicit=lambda _: Elicitation("accept", {"day": "friday"})) as client:
        assert (await client.call("book")).data == "Form(day='friday', people=None)"


def test_types_of_one_name_are_not_mixed_up():
    def other() -> type:
        class Inner(pydantic.BaseModel):
            y: str

        return Inner

    def confused(one, two): ...

    confused.__annotations__ = {"one": Inner, "two": other()}
    with pytest.raises(TypeError, match="two models are named Inner"):
        Server("confused").tool(confused)


def test_pydantic_is_not_imported_for_those_who_do_not_use_it():
    program = """
import sys
from dovetail import Server
server = Server("plain")
@server.tool
def add(a: int, b: int = 1) -> list[int]: return [a, b]
print("pydantic" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
