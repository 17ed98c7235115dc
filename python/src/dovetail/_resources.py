"""Makes resources and resource templates of functions: what they return becomes contents under the URI."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec

from . import _models
from ._codes import Code
from ._completers import Completer, prepare_all
from ._registry import Offer, spec
from ._signature import Contexts, Signature, description_of, json_encode, name_of, read_signature
from .content import Contents


class _Read(NamedTuple):
    """What a handler returned, and for which URI."""

    result: Any
    uri: str
    mime_type: str | None


def resource(
    handler: Callable[..., Any],
    uri: str,
    *,
    contexts: Contexts,
    name: str | None,
    description: str | None,
    mime_type: str | None,
    blocking: bool,
    extra: Mapping[str, Any],
) -> Offer:
    """A resource as the boundary describes it.

    Raises:
        TypeError: The signature cannot be a resource; the message says why.
    """
    signature = read_signature(handler, f"resource {uri}", contexts, blocking)
    if signature.fields:
        raise TypeError(
            f"parameter {signature.fields[0].name!r} of resource {uri}: a resource has no arguments; "
            "a resource_template has"
        )
    definition = {
        "uri": uri,
        "name": name_of(handler, "resource", name),
        **spec(description=description_of(handler, description) or None, mimeType=mime_type, **extra),
    }
    decode = msgspec.json.Decoder(msgspec.defstruct("resource", [("uri", str)])).decode
    prepared = _with_uri(signature, mime_type).prepared(decode, _encode).refusing(Code.INVALID_PARAMS)
    return Offer("resources", uri, definition, prepared)


def resource_template(
    handler: Callable[..., Any],
    uri_template: str,
    *,
    contexts: Contexts,
    name: str | None,
    description: str | None,
    mime_type: str | None,
    completions: Mapping[str, Completer] | None,
    blocking: bool,
    extra: Mapping[str, Any],
) -> Offer:
    """A resource template as the boundary describes it.

    Raises:
        TypeError: The signature cannot be a template; the message says why.
    """
    what = f"template {uri_template}"
    signature = read_signature(handler, what, contexts, blocking)
    definition = {
        "uriTemplate": uri_template,
        "name": name_of(handler, "resource_template", name),
        **spec(description=description_of(handler, description) or None, mimeType=mime_type, **extra),
    }
    names = [field.name for field in signature.fields]
    # The URI goes last, under a name that no parameter can have.
    variables = signature.struct()
    payload = msgspec.defstruct("template", [("uri", str), ("variables", variables)])
    read = msgspec.json.Decoder(payload, strict=False, dec_hook=_models.read).decode
    flat = msgspec.defstruct("arguments", [*((f"a{index}", Any) for index in range(len(names))), ("uri", str)])

    def decode(json: bytes) -> Any:
        said: Any = read(json)
        return flat(*(getattr(said.variables, name) for name in names), said.uri)

    completers = prepare_all(completions, set(names), what)
    # A variable that is not of its type: there is no such resource.
    prepared = _with_uri(signature, mime_type).prepared(decode, _encode).refusing(Code.UNKNOWN_RESOURCE)
    return Offer("resourceTemplates", uri_template, definition, prepared, completers)


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
        return json_encode([contents(text=result)])
    if isinstance(result, (bytes, bytearray, memoryview)):
        return json_encode([contents(blob=bytes(result))])
    if isinstance(result, Contents):
        return json_encode([result])
    if isinstance(result, (list, tuple)) and result and all(isinstance(one, Contents) for one in result):
        return json_encode(result)
    # Anything else is data, and JSON its text.
    return json_encode([contents(text=json_encode(result).decode(), mime_type=mime_type or "application/json")])


def extras(
    *,
    title: str | None,
    annotations: Mapping[str, Any] | None,
    icons: Sequence[Mapping[str, Any]] | None,
    meta: Mapping[str, Any] | None,
    size: int | None = None,
) -> dict[str, Any]:
    """The members that resources and templates share."""
    return {"title": title, "annotations": annotations, "icons": icons, "_meta": meta, "size": size}
