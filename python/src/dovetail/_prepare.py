"""Makes a tool of a function: schemas from its types, a decoder for its arguments.

Owns what happens at registration, so that a call needs no thought: raw JSON goes through one decoder into positional
arguments. Never runs a handler.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec

from .schema import Schema, schema_of

INLINE: Final = 0
COROUTINE: Final = 1
FUTURE: Final = 2

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Prepared:
    """A registered tool: what the server says about it, and how it is called."""

    name: str
    description: str
    input_schema: Schema
    output_schema: Schema | None
    annotations: Mapping[str, Any] | None
    asks: tuple[str, ...]
    blocking: bool
    handler: Callable[..., Any]
    decode: Callable[[bytes], Any]
    context: type | None
    position: int

    @property
    def mode(self) -> int:
        """How the native layer runs the handler."""
        if self.blocking:
            return FUTURE
        return COROUTINE if inspect.iscoroutinefunction(self.handler) else INLINE

    @property
    def encode(self) -> Callable[[Any], bytes]:
        """Makes JSON of a result."""
        return _encode

    def config(self) -> dict[str, Any]:
        """The tool as the boundary describes it."""
        config: dict[str, Any] = {"name": self.name, "inputSchema": self.input_schema}
        if self.description:
            config["description"] = self.description
        if self.output_schema is not None:
            config["outputSchema"] = self.output_schema
        if self.annotations:
            config["annotations"] = self.annotations
        if self.asks:
            config["asks"] = self.asks
        return config


def prepare(
    handler: Callable[..., Any],
    *,
    contexts: tuple[type, type],
    name: str | None,
    description: str | None,
    annotations: Mapping[str, Any] | None,
    asks: Sequence[str],
    blocking: bool,
) -> Prepared:
    """Reads a function's signature.

    Args:
        contexts: The context types of async and of blocking handlers; a parameter of such a type gets the context.

    Raises:
        TypeError: The signature cannot be a tool; the message says which parameter and why.
    """
    name = name or getattr(handler, "__name__", None)
    if not name or name == "<lambda>":
        raise TypeError("this handler has no name of its own; give it one: @server.tool(name=...)")
    if inspect.isasyncgenfunction(handler) or inspect.isgeneratorfunction(handler):
        raise TypeError(f"tool {name}: a handler returns its result; it is no generator")
    if blocking and inspect.iscoroutinefunction(handler):
        raise TypeError(f"tool {name}: blocking=True is for plain functions")
    if isinstance(asks, str):
        raise TypeError(f"tool {name}: asks is a list, such as ['form']")
    signature = inspect.signature(handler)
    hints = _hints(handler, name)
    context: type | None = None
    position = 0
    fields: list[tuple[str, Any, Any]] = []
    by_name: list[str] = []
    for index, parameter in enumerate(signature.parameters.values()):
        where = f"parameter {parameter.name!r} of tool {name}"
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{where}: a tool names each of its arguments, * and ** cannot")
        if parameter.name not in hints:
            raise TypeError(f"{where}: needs a type, the schema is made of it")
        hint = hints[parameter.name]
        if (found := _context_type(hint, contexts)) is not None:
            if context is not None:
                raise TypeError(f"{where}: there is one context already")
            if (found is contexts[1]) is not blocking:
                right = "dovetail.blocking.Context" if blocking else "dovetail.Context"
                raise TypeError(f"{where}: a handler of this kind gets a {right}")
            context, position = found, index
        else:
            fields.append((parameter.name, hint, _default(parameter, where)))
        if parameter.kind is parameter.KEYWORD_ONLY:
            by_name.append(parameter.name)
    arguments = _struct(name, fields)
    return Prepared(
        name=name,
        description=inspect.getdoc(handler) or "" if description is None else description,
        input_schema=_input_schema(name, fields, arguments),
        output_schema=_output_schema(name, hints.get("return")),
        annotations=annotations,
        asks=tuple(asks),
        blocking=blocking,
        handler=_by_position(handler, by_name) if by_name else handler,
        # Not strict, because the schema calls 1.0 an integer; the core has refused everything else by then.
        decode=msgspec.json.Decoder(arguments, strict=False).decode,
        context=context,
        position=position,
    )


def _hints(handler: Callable[..., Any], name: str) -> dict[str, Any]:
    target = handler
    while hasattr(target, "__wrapped__"):
        target = target.__wrapped__
    if not inspect.isroutine(target) and not isinstance(target, type):
        target = type(target).__call__
    try:
        return get_type_hints(target, include_extras=True)
    except NameError as error:
        raise TypeError(f"tool {name}: a type cannot be found: {error}") from error


def _context_type(hint: Any, contexts: tuple[type, type]) -> type | None:
    for candidate in (hint, *get_args(hint)):
        if candidate in contexts:
            return contexts[contexts.index(candidate)]
    return None


def _default(parameter: inspect.Parameter, where: str) -> Any:
    default = parameter.default
    if default is parameter.empty:
        return msgspec.NODEFAULT
    try:
        _encode(default)
    except TypeError:
        raise TypeError(f"{where}: the default {default!r} cannot be written as JSON") from None
    if isinstance(default, (list, dict, set, bytearray)):
        # Each call gets a default of its own.
        return msgspec.field(default_factory=lambda: copy.deepcopy(default))
    return default


def _struct(name: str, fields: list[tuple[str, Any, Any]]) -> type[msgspec.Struct]:
    definition: list[Any] = [
        (field, hint) if default is msgspec.NODEFAULT else (field, hint, default) for field, hint, default in fields
    ]
    try:
        return msgspec.defstruct(f"{name} arguments", definition, kw_only=True, gc=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"tool {name}: {error}") from None


def _input_schema(name: str, fields: list[tuple[str, Any, Any]], arguments: type[msgspec.Struct]) -> Schema:
    for field, hint, _ in fields:
        # One by one first: an error then names its parameter.
        schema_of(hint, f"parameter {field!r} of tool {name}")
    schema = schema_of(arguments, f"tool {name}")
    if not schema.get("required"):
        schema.pop("required", None)
    return schema


def _output_schema(name: str, hint: Any) -> Schema | None:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if hint in (None, type(None), str, Any):
        return None
    return schema_of(hint, f"the result of tool {name}")


def _by_position(handler: Callable[..., Any], names: list[str]) -> Callable[..., Any]:
    """Hands over the last arguments by name, for parameters that insist on it."""
    count = len(names)

    def call(*arguments: Any) -> Any:
        return handler(*arguments[:-count], **dict(zip(names, arguments[-count:], strict=True)))

    async def call_async(*arguments: Any) -> Any:
        return await call(*arguments)

    return call_async if inspect.iscoroutinefunction(handler) else call
