"""Reads a function's signature: which parameter is the context, what the others are, how the function runs.

Owns what happens at registration, so that a call needs no thought: raw JSON goes through one decoder into positional
arguments. Never runs a handler.
"""

from __future__ import annotations

import copy
import enum
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, Final, NamedTuple, get_args, get_type_hints

import msgspec

from . import _models, _notes, _refusal
from ._codes import Code

INLINE: Final = 0
COROUTINE: Final = 1
FUTURE: Final = 2

_PLAIN = (str, int, float, type(None), enum.Enum)
"""Types of defaults that calls may share."""

Encoded = bytes | tuple[bytes]
"""A plain value in JSON; a whole result in a tuple of its own."""


class Prepared(msgspec.Struct, frozen=True):
    """A function as the native layer calls it.

    Attributes:
        handler: The function.
        decode: Makes a struct of the payload, its fields being the arguments in their order.
        encode: Makes JSON of a result.
        context: The type of the context that the function wants.
        position: Where in the arguments the context goes.
        blocking: Whether the function runs on the pool of threads.
        texts: Whether a text that it returns is a plain value.
    """

    handler: Callable[..., Any]
    decode: Callable[[bytes], Any]
    encode: Callable[[Any], Encoded]
    context: type[CallContext] | None = None
    position: int = 0
    blocking: bool = False
    texts: bool = False

    @property
    def mode(self) -> int:
        """How the native layer runs the handler."""
        if self.blocking:
            return FUTURE
        return COROUTINE if inspect.iscoroutinefunction(self.handler) else INLINE

    def refusing(self, unreadable: Code) -> Prepared:
        """The same for requests that have no result for failures: what it raises refuses them."""
        handler, decode = _refusal.refusing(self.handler), _refusal.reading(self.decode, unreadable)
        return msgspec.structs.replace(self, handler=handler, decode=decode)


class CallContext:
    """What the contexts of handlers are; a parameter of such a type gets the context.

    Attributes:
        _waits: Whether its questions wait, as blocking handlers need it.
    """

    __slots__ = ()

    _waits: ClassVar[bool] = False

    def __init__(self, channel: Any, call: int) -> None:
        raise NotImplementedError


class Field(NamedTuple):
    """A parameter that is an argument, its default as msgspec has it and as JSON."""

    name: str
    hint: Any
    default: Any
    written: bytes | None

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.default is msgspec.NODEFAULT


class Signature(msgspec.Struct, frozen=True):
    """What a signature says."""

    what: str
    handler: Callable[..., Any]
    fields: list[Field]
    returned: Any
    context: type[CallContext] | None
    position: int
    blocking: bool

    def struct(self) -> type[msgspec.Struct]:
        """The arguments as one type; a new one each time."""
        definition: list[Any] = [
            (field.name, field.hint) if field.required else (field.name, field.hint, field.default)
            for field in self.fields
        ]
        try:
            return msgspec.defstruct(f"{self.what.split(' ', 1)[-1]} arguments", definition, kw_only=True, gc=False)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{self.what}: {error}") from None

    def prepared(
        self, decode: Callable[[bytes], Any], encode: Callable[[Any], Encoded], texts: bool = False
    ) -> Prepared:
        """The function with what its calls need."""
        return Prepared(self.handler, decode, encode, self.context, self.position, self.blocking, texts)


def decoder(arguments: type[msgspec.Struct]) -> Callable[[bytes], Any]:
    """Reads arguments from JSON. Not strict: the schema calls 1.0 an integer, and a prompt gets text only."""
    return msgspec.json.Decoder(arguments, strict=False, dec_hook=_models.read).decode


def name_of(handler: Callable[..., Any], kind: str, name: str | None) -> str:
    """The given name, or the function's own.

    Raises:
        TypeError: It has none.
    """
    name = name or getattr(handler, "__name__", None)
    if not name or name == "<lambda>":
        raise TypeError(f"this handler has no name of its own; give it one: @server.{kind}(name=...)")
    return name


def description_of(handler: Callable[..., Any], description: str | None) -> str:
    """The given description, or the docstring."""
    return inspect.getdoc(handler) or "" if description is None else description


def read_signature(handler: Callable[..., Any], what: str, blocking: bool) -> Signature:
    """Reads a function's signature.

    Args:
        what: What the function is for errors, such as ``tool add``.

    Raises:
        TypeError: The signature cannot be used; the message says which parameter and why.
    """
    if inspect.isasyncgenfunction(handler) or inspect.isgeneratorfunction(handler):
        raise TypeError(f"{what}: a handler returns its result; it is no generator")
    if blocking and inspect.iscoroutinefunction(handler):
        raise TypeError(f"{what}: blocking=True is for plain functions")
    hints = _hints(handler, what)
    context: type[CallContext] | None = None
    position = 0
    fields: list[Field] = []
    by_name: list[str] = []
    for index, parameter in enumerate(inspect.signature(handler).parameters.values()):
        where = f"parameter {parameter.name!r} of {what}"
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{where}: a {what.split()[0]} names each of its arguments, * and ** cannot")
        if parameter.name not in hints:
            raise TypeError(f"{where}: needs a type, the schema is made of it")
        hint = hints[parameter.name]
        if (found := _context_type(hint)) is not None:
            if context is not None:
                raise TypeError(f"{where}: there is one context already")
            if found._waits is not blocking:
                right = "dovetail.blocking.Context" if blocking else "dovetail.Context"
                raise TypeError(f"{where}: a handler of this kind gets a {right}")
            context, position = found, index
        else:
            fields.append(_field(parameter, hint, where))
        if parameter.kind is parameter.KEYWORD_ONLY:
            by_name.append(parameter.name)
    return Signature(
        what=what,
        handler=_by_position(handler, by_name) if by_name else handler,
        fields=fields,
        returned=hints.get("return", Any),
        context=context,
        position=position,
        blocking=blocking,
    )


def _hints(handler: Callable[..., Any], what: str) -> dict[str, Any]:
    target = inspect.unwrap(handler)
    if not inspect.isroutine(target) and not isinstance(target, type):
        target = type(target).__call__
    try:
        return get_type_hints(target, include_extras=True)
    except NameError as error:
        raise TypeError(f"{what}: a type cannot be found: {error}") from error


def _context_type(hint: Any) -> type[CallContext] | None:
    for candidate in (hint, *get_args(hint)):
        if isinstance(candidate, type) and issubclass(candidate, CallContext):
            return candidate
    return None


def _field(parameter: inspect.Parameter, hint: Any, where: str) -> Field:
    default = msgspec.NODEFAULT if parameter.default is parameter.empty else parameter.default
    if _notes.is_field(default):
        hint, default = _notes.noted(hint, [default]), _notes.field_default(default)
    hint = _notes.understood(hint)
    if default is msgspec.NODEFAULT:
        return Field(parameter.name, hint, default, None)
    try:
        written = _models.encode(default)
    except TypeError:
        raise TypeError(f"{where}: the default {default!r} cannot be written as JSON") from None
    if not isinstance(default, _PLAIN):
        # Each call gets a default of its own.
        return Field(parameter.name, hint, msgspec.field(default_factory=lambda: copy.deepcopy(default)), written)
    return Field(parameter.name, hint, default, written)


def _by_position(handler: Callable[..., Any], names: list[str]) -> Callable[..., Any]:
    """Hands over the last arguments by name, for parameters that insist on it."""
    count = len(names)

    def call(*arguments: Any) -> Any:
        return handler(*arguments[:-count], **dict(zip(names, arguments[-count:], strict=True)))

    async def call_async(*arguments: Any) -> Any:
        return await call(*arguments)

    return call_async if inspect.iscoroutinefunction(handler) else call
