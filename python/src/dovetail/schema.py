"""JSON Schema (2020-12) from Python types, through msgspec.

Owns the shape of what is generated; never checks values, which the core does.
"""

from __future__ import annotations

from typing import Any

import msgspec

Schema = dict[str, Any]

_DEFS = "#/$defs/"


def schema_of(annotation: Any, what: str) -> Schema:
    """The schema of a type, with its named parts in local ``$defs``.

    Args:
        annotation: A scalar, ``list``, ``dict``, ``tuple``, ``Literal``, ``Enum``, union, ``TypedDict``, dataclass
            or ``msgspec.Struct``, also inside ``Annotated[..., msgspec.Meta(...)]``.
        what: What the type belongs to, for the error.

    Raises:
        TypeError: The type has no JSON Schema; the message says which one and where.
    """
    try:
        (root,), defs = msgspec.json.schema_components((annotation,), ref_template=_DEFS + "{name}")
    except TypeError as error:
        reason = str(error).splitlines()[-1]
        raise TypeError(f"{what}: no JSON Schema for {annotation!r}: {reason}") from None
    if set(root) == {"$ref"}:
        name = root["$ref"].removeprefix(_DEFS)
        root = {key: value for key, value in defs[name].items() if key != "title"}
        if not _mentions(defs, _DEFS + name):
            del defs[name]
    return {**root, "$defs": defs} if defs else root


def form_of(annotation: Any) -> Schema:
    """The schema of a form: an object whose properties are all flat, as elicitation wants them.

    Raises:
        TypeError: The type is no object, or has no JSON Schema.
    """
    schema = schema_of(annotation, "the form")
    if schema.get("type") != "object":
        raise TypeError(f"a form is a Struct, a dataclass or a TypedDict, not {annotation!r}")
    defs = schema.get("$defs", {})
    form: Schema = {
        "type": "object",
        "properties": {name: _flat(field, defs) for name, field in schema.get("properties", {}).items()},
    }
    if schema.get("required"):
        form["required"] = schema["required"]
    return form


def _flat(field: Schema, defs: Schema) -> Schema:
    """A field without references, without the null of an optional one, and with a type beside its choices."""
    if "$ref" in field:
        named = defs[field["$ref"].removeprefix(_DEFS)]
        outer = {key: value for key, value in field.items() if key != "$ref"}
        field = {**{key: value for key, value in named.items() if key != "title"}, **outer}
    if "anyOf" in field:
        choices = [choice for choice in field["anyOf"] if choice != {"type": "null"}]
        if len(choices) == 1:
            outer = {key: value for key, value in field.items() if key != "anyOf" and value is not None}
            return _flat({**choices[0], **outer}, defs)
    if "enum" in field and "type" not in field and all(isinstance(choice, str) for choice in field["enum"]):
        field = {"type": "string", **field}
    return field


def _mentions(node: object, reference: str) -> bool:
    if isinstance(node, dict):
        return node.get("$ref") == reference or any(_mentions(value, reference) for value in node.values())
    return isinstance(node, (list, tuple)) and any(_mentions(item, reference) for item in node)
