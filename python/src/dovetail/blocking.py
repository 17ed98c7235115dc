"""The same without async: a client for plain programs, and the context of blocking handlers."""

from __future__ import annotations

import asyncio
import copy
import inspect
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from . import _portal
from ._signature import CallContext
from .asking import Ask
from .command import Command
from .context import CallInfo, Level
from .context import Context as AsyncContext
from .elicitation import Elicitation, Question
from .listening import Change
from .offers import Completion, Prompt, PromptResult, ReadResult, Resource, ResourceTemplate, Tool
from .result import CallResult, ServerInfo
from .sampling import Root, Said, Sample, SampleRequest

if TYPE_CHECKING:
    from ._channel import Channel
    from ._connection import OnLog
    from .client import OnProgress
    from .layers import Layer, Message, Next
    from .listening import Listening
    from .server import Server

T = TypeVar("T")

__all__ = ["Client", "Context"]


class Client:
    """`dovetail.Client` whose methods wait. Threads may share one.

    Takes the same arguments. Handlers of questions and layers run on threads of their own and may block; ``next`` waits
    there. ``on_progress`` and ``on_log`` run on the thread that serves all blocking clients and must not. Ctrl-C during a
    call cancels it at the server. A `Server` as target is run by that thread, too.
    """

    def __init__(
        self,
        target: str | Command | Server | Mapping[str, str | Command | Server],
        *,
        on_elicit: Callable[[Question], Any] | None = None,
        on_elicit_url: Callable[[Question], Any] | None = None,
        on_sample: Callable[[SampleRequest], Sample] | None = None,
        roots: Sequence[Root | str] | Callable[[], Sequence[Root | str]] | None = None,
        on_log: OnLog | None = None,
        log_level: Level | None = None,
        sample_tools: bool = False,
        layers: Sequence[Callable[[Message, Callable[..., dict[str, Any]]], Any]] = (),
        revision: str = "auto",
        timeout: float | None = None,
        max_total: float | None = None,
        reset_on_progress: bool = True,
        cache: bool = True,
        limits: Mapping[str, int] | None = None,
        headers: Mapping[str, str] | None = None,
        name: str = "dovetail",
        version: str = "0.1.0",
    ) -> None:
        from .client import Client as AsyncClient

        self._client = AsyncClient(
            target,
            on_elicit=None if on_elicit is None else _on_thread(on_elicit),
            on_elicit_url=None if on_elicit_url is None else _on_thread(on_elicit_url),
            on_sample=None if on_sample is None else _on_thread(on_sample),
            roots=_on_thread(roots) if callable(roots) else roots,
            on_log=on_log,
            log_level=log_level,
            sample_tools=sample_tools,
            layers=[_layer_on_thread(layer) for layer in layers],
            revision=revision,
            timeout=timeout,
            max_total=max_total,
            reset_on_progress=reset_on_progress,
            cache=cache,
            limits=limits,
            headers=headers,
            name=name,
            version=version,
        )

    @classmethod
    def group(cls, members: Mapping[str, str | Command | Server], **options: Any) -> Client:
        """One client of several servers, by name; see `dovetail.Client.group`."""
        return cls(members, **options)

    def connect(self) -> None:
        """Connects; does nothing when that was done before."""
        _run(self._client.connect())

    def close(self, deadline: float = 5.0) -> None:
        """Disconnects; running calls get ``deadline`` seconds. Idempotent."""
        _run(self._client.close(deadline))

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_total: float | None = None,
        fresh: bool | None = None,
        meta: Mapping[str, Any] | None = None,
        server: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Client:
        """A client on the same connection with other options for its calls."""
        client = copy.copy(self)
        client._client = self._client.with_options(
            timeout=timeout, max_total=max_total, fresh=fresh, meta=meta, server=server, on_progress=on_progress
        )
        return client

    def call(self, name: str, arguments: Mapping[str, Any] | None = None, /, **keywords: Any) -> CallResult:
        """Calls a tool with a mapping of arguments, or with keywords; raises what the tool reports as an error."""
        return _run(self._client.call(name, arguments, **keywords))

    def call_raw(self, name: str, arguments: Mapping[str, Any] | None = None, /, **keywords: Any) -> CallResult:
        """As `call`, but an error that the tool reports is a result with ``is_error``."""
        return _run(self._client.call_raw(name, arguments, **keywords))

    def list_tools(self) -> list[Tool]:
        """All tools of the server."""
        return _run(self._client.list_tools())

    def server_info(self) -> ServerInfo:
        """What the server says about itself, and the protocol revision in use."""
        return _run(self._client.server_info())

    def list_resources(self) -> list[Resource]:
        """All resources of the server."""
        return _run(self._client.list_resources())

    def list_resource_templates(self) -> list[ResourceTemplate]:
        """All resource templates of the server."""
        return _run(self._client.list_resource_templates())

    def read_resource(self, uri: str) -> ReadResult:
        """Reads a resource."""
        return _run(self._client.read_resource(uri))

    def list_prompts(self) -> list[Prompt]:
        """All prompts of the server."""
        return _run(self._client.list_prompts())

    def get_prompt(self, name: str, arguments: Mapping[str, str] | None = None, /, **keywords: str) -> PromptResult:
        """Makes a prompt of a mapping of arguments, or of keywords; all of them are text."""
        return _run(self._client.get_prompt(name, arguments, **keywords))

    def complete(
        self,
        argument: str,
        value: str,
        *,
        prompt: str | None = None,
        resource_template: str | None = None,
        others: Mapping[str, str] | None = None,
    ) -> Completion:
        """What an argument of a prompt, or a variable of a template, may be."""
        return _run(
            self._client.complete(argument, value, prompt=prompt, resource_template=resource_template, others=others)
        )

    def subscribe(self, uri: str) -> None:
        """Asks to be told when the contents of a resource change; `listen` tells."""
        _run(self._client.subscribe(uri))

    def unsubscribe(self, uri: str) -> None:
        """Asks not to be told any more."""
        _run(self._client.unsubscribe(uri))

    def listen(
        self, *, tools: bool = False, prompts: bool = False, resources: bool = False, uris: Iterable[str] = ()
    ) -> Generator[Change, None, None]:
        """Tells changes as they come, for as long as the connection lasts or until the generator is closed."""

        async def start() -> Listening:
            listening = self._client.listen(tools=tools, prompts=prompts, resources=resources, uris=uris)
            return await listening.__aenter__()

        async def following(listening: Listening) -> Change | None:
            return await anext(listening, None)

        listening = _run(start())
        try:
            while (change := _run(following(listening))) is not None:
                yield change
        finally:
            _run(listening.close())

    def set_log_level(self, level: Level) -> None:
        """From which level on the server should send log messages; ``on_log`` gets them."""
        _run(self._client.set_log_level(level))

    def ping(self) -> None:
        """Asks whether the server is there."""
        _run(self._client.ping())

    def __enter__(self) -> Client:
        self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Context(CallContext):
    """`dovetail.Context` for handlers registered with ``blocking=True``: its questions wait."""

    __slots__ = ("_context", "_loop")

    _waits = True

    def __init__(self, channel: Channel, call: int) -> None:
        self._context = AsyncContext(channel, call)
        self._loop = channel.loop

    @property
    def cancelled(self) -> bool:
        """Whether the caller has gone. Nothing else ends a blocking handler: look at it in long loops."""
        return self._context.cancelled

    @property
    def info(self) -> CallInfo:
        """Revision, client, metadata and so on; read at the first access."""
        return self._context.info

    def progress(self, value: float, total: float | None = None, message: str | None = None) -> None:
        """Tells the caller how far the work is."""
        self._context.progress(value, total, message)

    @overload
    def elicit(self, message: str, schema: type[T], *, name: str | None = None) -> Elicitation[T]: ...
    @overload
    def elicit(
        self, message: str, schema: Mapping[str, Any], *, name: str | None = None
    ) -> Elicitation[dict[str, Any]]: ...
    def elicit(self, message: str, schema: Any, *, name: str | None = None) -> Elicitation[Any]:
        """Asks the user of the caller to fill a form; see `dovetail.Context.elicit`."""
        return self._wait(self._context.elicit(message, schema, name=name))

    def confirm(self, message: str, *, name: str | None = None) -> bool:
        """Asks the user of the caller a yes-or-no question; everything but a yes is ``False``."""
        return self._wait(self._context.confirm(message, name=name))

    def elicit_url(self, message: str, url: str, *, name: str | None = None) -> Elicitation[None]:
        """Asks the user of the caller to visit a page; see `dovetail.Context.elicit_url`."""
        return self._wait(self._context.elicit_url(message, url, name=name))

    def sample(self, messages: Said | Sequence[Said], *, max_tokens: int, **options: Any) -> Sample:
        """Asks the model of the caller; takes the options of `dovetail.Context.sample`."""
        return self._wait(self._context.sample(messages, max_tokens=max_tokens, **options))

    def list_roots(self, *, name: str | None = None) -> list[Root]:
        """The places that the user of the caller works in."""
        return self._wait(self._context.list_roots(name=name))

    def ask(self, questions: Mapping[str, Ask[Any]]) -> dict[str, Any]:
        """Asks several questions at once; the answers come under the same keys."""
        return self._wait(self._context.ask(questions))

    def step(self, name: str, work: Callable[[], Any], type: Any = Any) -> Any:
        """Does something once, however often the handler is run again; see `dovetail.Context.step`.

        The work runs on the thread of the handler.
        """
        found, value = self._wait(self._context._recall(name, type))
        return value if found else self._context._record(name, work(), type)

    def detach(self, retry: float | None = None) -> None:
        """Lets the connection that waits for this call go; see `dovetail.Context.detach`."""
        self._wait(self._context.detach(retry))

    def log(self, level: Level, data: Any, logger: str | None = None) -> None:
        """Sends a log message to the caller; nothing happens when the caller asked for none."""
        self._context.log(level, data, logger)

    def _wait(self, question: Coroutine[Any, Any, T]) -> T:
        return _portal.wait_for(question, self._loop)

    def _stop(self) -> None:
        self._context._stop()


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    return _portal.portal().run(coroutine)


def _on_thread(handler: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(handler):
        return handler

    async def answer(*asked: Any) -> Any:
        return await asyncio.to_thread(handler, *asked)

    return answer


def _layer_on_thread(layer: Callable[[Message, Callable[..., dict[str, Any]]], Any]) -> Layer:
    async def run(message: Message, next: Next) -> Any:
        loop = asyncio.get_running_loop()

        def wait(message: Message | Mapping[str, Any] | None = None) -> dict[str, Any]:
            return _portal.wait_for(next(message), loop)

        return await asyncio.to_thread(layer, message, wait)

    return run
