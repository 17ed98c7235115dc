"""Values of types that msgspec does not know: pydantic models, of whoever has pydantic.

Owns the hooks that msgspec calls for them. Never imports pydantic: a model brings it along.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, TypeVar

import msgspec

T = TypeVar("T")

Mode = Literal["validation", "serialization"]


def is_model(type: Any) -> bool:
    """Whether a type is a pydantic model."""
    return hasattr(type, "model_json_schema") and hasattr(type, "model_validate")


def read(type: Any, value: Any) -> Any:
    """Makes a model of plain values; a hook of msgspec for decoding."""
    if is_model(type):
        return type.model_validate(value)
    raise TypeError(f"objects of type {type.__name__} cannot be read")


def write(value: Any) -> Any:
    """Makes plain values of a model; a hook of msgspec for encoding."""
    if is_model(type(value)):
        return value.model_dump(mode="json", by_alias=True)
    raise TypeError(f"Encoding objects of type {type(value).__name__} is unsupported")


encode = msgspec.json.Encoder(enc_hook=write).encode
"""Any value as JSON."""


def describe(model: Any, template: str, mode: Mode) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a model, and its named parts by name; ``template`` is how references to those look."""
    schema = model.model_json_schema(ref_template=template, mode=mode, schema_generator=_generator())
    parts: dict[str, Any] = schema.pop("$defs", {})
    return schema, parts


@cache
def _generator() -> type:
    from pydantic.json_schema import GenerateJsonSchema

    class Bare(GenerateJsonSchema):
        """Without the titles that repeat the names of fields."""

        def field_title_should_be_set(self, schema: Any) -> bool:
            return False

    return Bare


def converted(value: Any, type: type[T], strict: bool = True) -> T:
    """Plain values as a type.

    Raises:
        msgspec.ValidationError: They are not of the type.
    """
    return msgspec.convert(value, type, strict=strict, dec_hook=read)
