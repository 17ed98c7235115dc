"""Makes a prompt of a function: its arguments from the parameters, messages of what it returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._codes import Code
from ._completers import prepare_all
from ._models import encode
from ._options import PromptOptions, members
from ._registry import Offer, spec
from ._signature import Field, decoder, description_of, name_of, read_signature
from .content import Content, PromptMessage
from .schema import schema_of


def prompt(handler: Callable[..., Any], options: PromptOptions) -> Offer:
    """A prompt as the boundary describes it.

    Raises:
        TypeError: The signature cannot be a prompt; the message says which parameter and why.
    """
    name = name_of(handler, "prompt", options.get("name"))
    what = f"prompt {name}"
    signature = read_signature(handler, what, options.get("blocking", False))
    definition = {
        "name": name,
        "arguments": [_argument(field, what) for field in signature.fields],
        **spec(description=description_of(handler, options.get("description")) or None),
        **members(options, what),
    }
    completers = prepare_all(options.get("completions"), {field.name for field in signature.fields}, what)
    prepared = signature.prepared(decoder(signature.struct()), _encode).refusing(Code.INVALID_PARAMS)
    return Offer("prompts", name, definition, prepared, completers)


def _argument(field: Field, what: str) -> dict[str, Any]:
    schema = schema_of(field.hint, f"parameter {field.name!r} of {what}")
    if schema.get("type") in ("object", "array"):
        raise TypeError(f"parameter {field.name!r} of {what}: what a prompt gets is text, not {field.hint!r}")
    argument: dict[str, Any] = {"name": field.name, "required": field.required}
    if "description" in schema:
        argument["description"] = schema["description"]
    return argument


def _encode(result: Any) -> bytes:
    if not isinstance(result, (list, tuple)):
        result = [result]
    return encode([_message(one) for one in result])


def _message(said: Any) -> PromptMessage:
    if isinstance(said, PromptMessage):
        return said
    if isinstance(said, (str, Content)):
        return PromptMessage.user(said)
    raise TypeError(f"a prompt returns strings, content or messages, not {type(said).__name__}")
