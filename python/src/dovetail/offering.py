"""What a server offers: registration by decorators, and changes while it serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from ._models import encode
from ._options import PromptOptions, ResourceOptions, TemplateOptions, ToolOptions, check
from ._registry import KINDS, Kind, Offer, Registry, handlers

if TYPE_CHECKING:
    from ._binding import Binding
    from ._channel import Channel

F = TypeVar("F", bound=Callable[..., Any])


class Offering:
    """The part of a `Server` that registers. Everything here may be done while the server is being served."""

    def __init__(self) -> None:
        self._offers = Registry()

    def _open(self) -> tuple[Channel, Binding] | None:
        """The open session, when there is one."""
        raise NotImplementedError

    @overload
    def tool(self, handler: F, /) -> F: ...
    @overload
    def tool(self, /, **options: Unpack[ToolOptions]) -> Callable[[F], F]: ...
    def tool(self, handler: Any = None, /, **options: Unpack[ToolOptions]) -> Any:
        """Makes a tool of a typed function; used as a decorator, with or without arguments.

        The parameters' types make the input schema, the docstring the description; a result type other than ``str``
        makes an output schema. A parameter of type `Context` gets the context. What the function raises becomes a
        tool error with the exception's text. A function that returns `Text`, `Image` and other content, lists of it,
        or a `ToolResult`, chooses the content itself.

        An ``async def`` handler runs in a task of its own. A plain function runs on the event loop and must not
        block it; with ``blocking=True`` it runs on a pool of threads instead.

        Args:
            name: By default the function's.
            title: A name to show.
            description: By default the docstring.
            annotations: Hints for clients, such as ``{"readOnlyHint": True}``.
            icons: Pictures to show.
            meta: Whatever else clients should know.
            asks: What the handler asks its client, of ``form``, ``url``, ``sample`` and ``roots``: clients that
                cannot answer are then refused before it runs.
            once: Whether the answers to its questions count once only (default: for destructive tools that ask).
            open_answers: Whether answers count that a client gives before it was asked: for questions whose answers
                are ordinary input, never for consent.
            input_schema: A JSON Schema in the place of the one that is made of the types.
            output: The type of the structured content, for handlers that return a `ToolResult`.
            blocking: Run a plain function on the pool of threads.

        Raises:
            TypeError: The signature cannot be a tool; the message says why.
            ValueError: There is a tool of this name.
        """
        from ._tools import tool

        check(options, ToolOptions, "tool")
        return self._decorator(handler, lambda function: tool(function, options))

    def resource(self, uri: str, **options: Unpack[ResourceOptions]) -> Callable[[F], F]:
        """Makes a resource of a function, which is run each time somebody reads the URI.

        It may return a string, bytes, `Contents` or a list of them; anything else is sent as JSON. It may take a
        `Context`. A `DovetailError` that it raises, such as ``unknown_resource``, refuses the request.

        Args:
            uri: Where it is.
            name: By default the function's.
            title: A name to show.
            description: By default the docstring.
            mime_type: The media type.
            size: Its size in bytes.
            annotations: For whom it is and how much it matters.
            icons: Pictures to show.
            meta: Whatever else clients should know.
            blocking: Run a plain function on the pool of threads.

        Raises:
            TypeError: The signature cannot be a resource; the message says why.
            ValueError: There is a resource at this URI.
        """
        from ._resources import resource

        check(options, ResourceOptions, "resource")
        return self._registrar(lambda function: resource(function, uri, options))

    def resource_template(self, uri_template: str, **options: Unpack[TemplateOptions]) -> Callable[[F], F]:
        """Makes a family of resources of a function, such as ``notes://{year}/{name}`` (RFC 6570).

        The variables are the arguments, of the types that the function names. For what it may return see `resource`.

        Args:
            uri_template: Where they are.
            completions: What a variable may be: a list, or a function of what was typed.
            name, title, description, mime_type, annotations, icons, meta, blocking: As for `resource`.

        Raises:
            TypeError: The signature cannot be a template; the message says why.
            ValueError: There is a template of this pattern.
        """
        from ._resources import resource_template

        check(options, TemplateOptions, "resource_template")
        return self._registrar(lambda function: resource_template(function, uri_template, options))

    @overload
    def prompt(self, handler: F, /) -> F: ...
    @overload
    def prompt(self, /, **options: Unpack[PromptOptions]) -> Callable[[F], F]: ...
    def prompt(self, handler: Any = None, /, **options: Unpack[PromptOptions]) -> Any:
        """Makes a prompt of a function; used as a decorator, with or without arguments.

        The parameters are the arguments of the prompt; they arrive as text and become what their types say, or the
        request is refused. The function returns a string, content, a `PromptMessage`, or a list of those; a string
        or content alone is said by the user.

        Args:
            name: By default the function's.
            title: A name to show.
            description: By default the docstring.
            icons: Pictures to show.
            meta: Whatever else clients should know.
            asks: What the handler asks its client, as for `tool`.
            open_answers: Whether answers count that a client gives before it was asked, as for `tool`.
            completions: What an argument may be: a list, or a function of what was typed.
            blocking: Run a plain function on the pool of threads.

        Raises:
            TypeError: The signature cannot be a prompt; the message says why.
            ValueError: There is a prompt of this name.
        """
        from ._prompts import prompt

        check(options, PromptOptions, "prompt")
        return self._decorator(handler, lambda function: prompt(function, options))

    def _decorator(self, handler: Any, make: Callable[[Any], Offer]) -> Any:
        register = self._registrar(make)
        return register if handler is None else register(handler)

    def _registrar(self, make: Callable[[Any], Offer]) -> Callable[[F], F]:
        def register(function: F) -> F:
            self._add(make(function))
            return function

        return register

    def remove(
        self,
        *,
        tool: str | None = None,
        resource: str | None = None,
        resource_template: str | None = None,
        prompt: str | None = None,
    ) -> None:
        """Takes something back, by its name or URI. Calls of it that run go on; clients are told.

        Raises:
            KeyError: There is none of this name.
        """
        for kind, key in _named(tool, resource, resource_template, prompt):
            offer = self._offers.remove(kind, key)
            if (opened := self._open()) is not None:
                opened[0].session.update(encode({"remove": {kind: [key]}}))
                opened[0].forget(handlers(offer))

    def enable(
        self,
        *,
        tool: str | None = None,
        resource: str | None = None,
        resource_template: str | None = None,
        prompt: str | None = None,
    ) -> None:
        """Shows something again that was disabled.

        Raises:
            KeyError: There is none of this name.
        """
        self._show(True, _named(tool, resource, resource_template, prompt))

    def disable(
        self,
        *,
        tool: str | None = None,
        resource: str | None = None,
        resource_template: str | None = None,
        prompt: str | None = None,
    ) -> None:
        """Hides something: until it is enabled, clients find it neither in lists nor by its name.

        Raises:
            KeyError: There is none of this name.
        """
        self._show(False, _named(tool, resource, resource_template, prompt))

    def announce(self, *lists: Literal["tools", "prompts", "resources"]) -> None:
        """Tells clients that listen to look at lists again. What changes through this object is told by itself."""
        self._update({"changed": lists})

    def resource_updated(self, *uris: str) -> None:
        """Tells clients that subscribed to resources that their contents have changed."""
        self._update({"updated": uris})

    def _add(self, offer: Offer) -> None:
        self._offers.add(offer)
        if (opened := self._open()) is not None:
            channel, binding = opened
            try:
                channel.adopt(binding.bind([offer]))
                channel.session.update(encode({"add": {offer.kind: [offer.definition]}}))
            except BaseException:
                self._offers.remove(offer.kind, offer.key)
                channel.forget(handlers(offer))
                raise

    def _show(self, enabled: bool, named: Sequence[tuple[Kind, str]]) -> None:
        for kind, key in named:
            self._offers.find(kind, key).enabled = enabled
            self._update({"enable" if enabled else "disable": {kind: [key]}})

    def _update(self, change: Mapping[str, Any]) -> None:
        if (opened := self._open()) is not None:
            opened[0].session.update(encode(change))


def _named(
    tool: str | None, resource: str | None, resource_template: str | None, prompt: str | None
) -> Sequence[tuple[Kind, str]]:
    keys = (tool, resource, resource_template, prompt)
    named: list[tuple[Kind, str]] = [(kind, key) for kind, key in zip(KINDS, keys, strict=True) if key is not None]
    if not named:
        raise TypeError("say what: tool=, resource=, resource_template= or prompt=")
    return named
