"""Makes a tool of a function: schemas from its types, a decoder for its arguments, an encoder for its results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

import msgspec

from ._options import ToolOptions, members
from ._registry import Offer, spec
from ._signature import Encoded, Signature, decoder, description_of, name_of, read_signature
from ._models import encode
from ._notes import understood
from .content import Content, ToolResult
from .schema import Schema, schema_of


def tool(handler: Callable[..., Any], options: ToolOptions) -> Offer:
    """A tool as the boundary describes it.

    Raises:
        TypeError: The signature cannot be a tool; the message says which parameter and why.
    """
    name = name_of(handler, "tool", options.get("name"))
    what = f"tool {name}"
    signature = read_signature(handler, what, options.get("blocking", False))
    arguments = signature.struct()
    output = options.get("output")
    input_schema = options.get("input_schema")
    definition = {
        "name": name,
        "inputSchema": _input_schema(signature, arguments) if input_schema is None else dict(input_schema),
        **spec(
            description=description_of(handler, options.get("description")) or None,
            outputSchema=_output_schema(what, signature.returned if output is None else output),
        ),
        **members(options, what),
    }
    whole = signature.returned in (None, type(None), Any) or _chooses(signature.returned)
    prepared = signature.prepared(decoder(arguments), _encode if whole else encode, texts=True)
    return Offer("tools", name, definition, prepared)


def _encode(result: Any) -> Encoded:
    """A result that may be content."""
    if isinstance(result, ToolResult):
        return (encode(result.body()),)
    if isinstance(result, Content):
        return (encode(ToolResult([result]).body()),)
    if isinstance(result, (list, tuple)) and any(isinstance(block, Content) for block in result):
        return (encode(ToolResult(result).body()),)
    return encode(result)


def _chooses(hint: Any) -> bool:
    """Whether a result type has content in it, instead of a value."""
    if isinstance(hint, type) and issubclass(hint, (Content, ToolResult)):
        return True
    return any(_chooses(part) for part in get_args(hint))


def _input_schema(signature: Signature, arguments: type[msgspec.Struct]) -> Schema:
    try:
        schema = schema_of(arguments, signature.what)
    except TypeError:
        # One by one: the error then names its parameter.
        for field in signature.fields:
            schema_of(field.hint, f"parameter {field.name!r} of {signature.what}")
        raise
    for field in signature.fields:
        if field.written is not None:
            schema["properties"][field.name].setdefault("default", msgspec.json.decode(field.written))
    if not schema.get("required"):
        schema.pop("required", None)
    return schema


def _output_schema(what: str, hint: Any) -> Schema | None:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if hint in (None, type(None), str, Any) or _chooses(hint):
        return None
    return schema_of(understood(hint), f"the result of {what}", "serialization")
