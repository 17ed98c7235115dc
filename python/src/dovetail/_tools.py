"""Makes a tool of a function: schemas from its types, a decoder for its arguments, an encoder for its results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

import msgspec

from ._registry import Offer, spec
from ._signature import Contexts, Encoded, Signature, description_of, json_encode, name_of, read_signature
from ._notes import understood
from .content import Content, ToolResult
from .schema import Schema, schema_of


def tool(
    handler: Callable[..., Any],
    *,
    contexts: Contexts,
    name: str | None,
    title: str | None,
    description: str | None,
    annotations: Mapping[str, Any] | None,
    icons: Sequence[Mapping[str, Any]] | None,
    meta: Mapping[str, Any] | None,
    asks: Sequence[str],
    once: bool | None,
    open_answers: bool,
    input_schema: Mapping[str, Any] | None,
    output: Any,
    blocking: bool,
) -> Offer:
    """A tool as the boundary describes it.

    Raises:
        TypeError: The signature cannot be a tool; the message says which parameter and why.
    """
    name = name_of(handler, "tool", name)
    what = f"tool {name}"
    if isinstance(asks, str):
        raise TypeError(f"{what}: asks is a list, such as ['form']")
    signature = read_signature(handler, what, contexts, blocking)
    returned = signature.returned if output is None else output
    definition = {
        "name": name,
        "inputSchema": _input_schema(signature) if input_schema is None else dict(input_schema),
        **spec(
            title=title,
            description=description_of(handler, description) or None,
            outputSchema=_output_schema(what, returned),
            annotations=annotations or None,
            icons=icons,
            _meta=meta,
            asks=tuple(asks) or None,
            once=once,
            openAnswers=open_answers or None,
        ),
    }
    whole = signature.returned in (None, type(None), Any) or _chooses(signature.returned)
    prepared = signature.prepared(signature.decoder(), _encode if whole else json_encode)
    return Offer("tools", name, definition, prepared)


def _encode(result: Any) -> Encoded:
    """A result that may be content."""
    if isinstance(result, ToolResult):
        return (json_encode(result.body()),)
    if isinstance(result, Content):
        return (json_encode(ToolResult([result]).body()),)
    if isinstance(result, (list, tuple)) and any(isinstance(block, Content) for block in result):
        return (json_encode(ToolResult(result).body()),)
    return json_encode(result)


def _chooses(hint: Any) -> bool:
    """Whether a result type has content in it, instead of a value."""
    if isinstance(hint, type) and issubclass(hint, (Content, ToolResult)):
        return True
    return any(_chooses(part) for part in get_args(hint))


def _input_schema(signature: Signature) -> Schema:
    for field in signature.fields:
        # One by one first: an error then names its parameter.
        schema_of(field.hint, f"parameter {field.name!r} of {signature.what}")
    schema = schema_of(signature.struct(), signature.what)
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
