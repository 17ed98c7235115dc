"""JSON Schema (2020-12) from Python types, through msgspec; pydantic models describe themselves.

Owns the shape of what is generated; never checks values, which the core does.
"""

from __future__ import annotations

from typing import Any

import msgspec

from . import _models

Schema = dict[str, Any]

_DEFS = "#/$defs/"
_VALUES = frozenset({"default", "enum", "const", "examples"})
"""Keywords whose values are no schemas."""


def schema_of(annotation: Any, what: str, mode: _models.Mode = "validation") -> Schema:
    """The schema of a type, with its named parts in local ``$defs``.

    Args:
        annotation: A scalar, ``list``, ``dict``, ``tuple``, ``Literal``, ``Enum``, union, ``TypedDict``, dataclass,
            ``msgspec.Struct`` or pydantic model, also inside ``Annotated[..., msgspec.Meta(...)]``.
        what: What the type belongs to, for the error.
        mode: Whether values of the type come in (``validation``) or go out.

    Raises:
        TypeError: The type has no JSON Schema; the message says which one and where.
    """
    models: dict[str, Schema] = {}

    def describe(model: Any) -> Schema:
        if not _models.is_model(model):
            raise NotImplementedError
        name = model.__name__
        schema, parts = _models.describe(model, _DEFS + "{model}", mode)
        for part, found in {**parts, name: parts.get(name, schema)}.items():
            if models.setdefault(part, found) != found:
                raise TypeError(f"two models are named {part}; rename one of them")
        return {"$ref": _DEFS + name}

    try:
        (root,), defs = msgspec.json.schema_components(
            (annotation,), schema_hook=describe, ref_template=_DEFS + "{name}"
        )
    except TypeError as error:
        reason = str(error).splitlines()[-1]
        raise TypeError(f"{what}: no JSON Schema for {annotation!r}: {reason}") from None
    if common := models.keys() & defs.keys():
        raise TypeError(f"{what}: two types are named {min(common)}; rename one of them")
    defs = {name: _typed(part) for name, part in {**defs, **models}.items()}
    if set(root) == {"$ref"}:
        name = root["$ref"].removeprefix(_DEFS)
        root = {key: value for key, value in defs[name].items() if key != "title"}
        if not _mentions(defs, _DEFS + name):
            del defs[name]
    root = _typed(root)
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
    """A field without references and without the null of an optional one."""
    if "$ref" in field:
        named = defs[field["$ref"].removeprefix(_DEFS)]
        outer = {key: value for key, value in field.items() if key != "$ref"}
        field = {**{key: value for key, value in named.items() if key != "title"}, **outer}
    if "anyOf" in field:
        choices = [choice for choice in field["anyOf"] if choice != {"type": "null"}]
        if len(choices) == 1:
            outer = {key: value for key, value in field.items() if key != "anyOf" and value is not None}
            return _flat({**choices[0], **outer}, defs)
    return field


def _typed(node: Any) -> Any:
    """The same with a type beside choices that are all text, as other languages write them."""
    if isinstance(node, dict):
        node = {key: value if key in _VALUES else _typed(value) for key, value in node.items()}
        choices = node.get("enum")
        if isinstance(choices, list) and "type" not in node and all(isinstance(one, str) for one in choices):
            return {"type": "string", **node}
        return node
    return [_typed(item) for item in node] if isinstance(node, (list, tuple)) else node


def _mentions(node: object, reference: str) -> bool:
    if isinstance(node, dict):
        return node.get("$ref") == reference or any(_mentions(value, reference) for value in node.values())
    return isinstance(node, (list, tuple)) and any(_mentions(item, reference) for item in node)
