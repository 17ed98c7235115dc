"""Makes resources and resource templates of functions: what they return becomes contents under the URI."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import msgspec

from . import _models
from ._codes import Code
from ._completers import prepare_all
from ._options import ReadOptions, ResourceOptions, TemplateOptions, members
from ._registry import Offer, spec
from ._signature import Signature, description_of, name_of, read_signature
from .content import Contents


class _Read(NamedTuple):
    """What a handler returned, and for which URI."""

    result: Any
    uri: str
    mime_type: str | None


def resource(handler: Callable[..., Any], uri: str, options: ResourceOptions) -> Offer:
    """A resource as the boundary describes it.

    Raises:
        TypeError: The signature cannot be a resource; the message says why.
    """
    what = f"resource {uri}"
    signature = read_signature(handler, what, options.get("blocking", False))
    if signature.fields:
        raise TypeError(
            f"parameter {signature.fields[0].name!r} of {what}: a resource has no arguments; a resource_template has"
        )
    definition = {"uri": uri, **_described(handler, "resource", options, what)}
    decode = msgspec.json.Decoder(msgspec.defstruct("resource", [("uri", str)])).decode
    prepared = _with_uri(signature, options.get("mime_type")).prepared(decode, _encode)
    return Offer("resources", uri, definition, prepared.refusing(Code.INVALID_PARAMS))


def resource_template(handler: Callable[..., Any], uri_template: str, options: TemplateOptions) -> Offer:
    """A resource template as the boundary describes it.

    Raises:
        TypeError: The signature cannot be a template; the message says why.
    """
    what = f"template {uri_template}"
    signature = read_signature(handler, what, options.get("blocking", False))
    definition = {"uriTemplate": uri_template, **_described(handler, "resource_template", options, what)}
    names = [field.name for field in signature.fields]
    # The URI goes last, under a name that no parameter can have.
    variables = signature.struct()
    payload = msgspec.defstruct("template", [("uri", str), ("variables", variables)])
    read = msgspec.json.Decoder(payload, strict=False, dec_hook=_models.read).decode
    flat = msgspec.defstruct("arguments", [*((f"a{index}", Any) for index in range(len(names))), ("uri", str)])

    def decode(json: bytes) -> Any:
        said: Any = read(json)
        return flat(*(getattr(said.variables, name) for name in names), said.uri)

    completers = prepare_all(options.get("completions"), set(names), what)
    prepared = _with_uri(signature, options.get("mime_type")).prepared(decode, _encode)
    # A variable that is not of its type: there is no such resource.
    return Offer("resourceTemplates", uri_template, definition, prepared.refusing(Code.UNKNOWN_RESOURCE), completers)


def _described(handler: Callable[..., Any], kind: str, options: ReadOptions, what: str) -> dict[str, Any]:
    return {
        "name": name_of(handler, kind, options.get("name")),
        **spec(description=description_of(handler, options.get("description")) or None),
        **members(options, what),
    }


def _with_uri(signature: Signature, mime_type: str | None) -> Signature:
    """The same with the URI as the last argument, which the handler does not see and the encoder needs."""
    handler = signature.handler

    async def later(result: Any, uri: str) -> _Read:
        return _Read(await result, uri, mime_type)

    async def call_async(*arguments: Any) -> _Read:
        *own, uri = arguments
        return _Read(await handler(*own), uri, mime_type)

    def call(*arguments: Any) -> Any:
        *own, uri = arguments
        result = handler(*own)
        return later(result, uri) if inspect.isawaitable(result) else _Read(result, uri, mime_type)

    wrapped: Callable[..., Any] = call_async if inspect.iscoroutinefunction(handler) else call
    return Signature(
        signature.what,
        wrapped,
        signature.fields,
        signature.returned,
        signature.context,
        signature.position,
        signature.blocking,
    )


def _encode(read: Any) -> bytes:
    result, uri, mime_type = read
    contents = partial(Contents, uri, mime_type=mime_type)
    if isinstance(result, str):
        return _models.encode([contents(text=result)])
    if isinstance(result, (bytes, bytearray, memoryview)):
        return _models.encode([contents(blob=bytes(result))])
    if isinstance(result, Contents):
        return _models.encode([result])
    if isinstance(result, (list, tuple)) and result and all(isinstance(one, Contents) for one in result):
        return _models.encode(result)
    # Anything else is data, and JSON its text.
    return _models.encode([contents(text=_models.encode(result).decode(), mime_type=mime_type or "application/json")])

