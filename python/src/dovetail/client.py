"""The client: uses a server behind a URL, of a server process, or of a server in this process."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec

from ._answers import Inputs, OnElicit, OnElicitUrl, OnSample, Roots
from ._connection import Connection, OnLog
from ._duration import milliseconds
from ._names import camel_keys
from ._target import Target
from .command import Command
from .context import Level
from .listening import Listening
from .offers import (
    Completion,
    Prompt,
    PromptResult,
    ReadResult,
    Resource,
    ResourceTemplate,
    Tool,
    read_completion,
    read_contents,
    read_prompt,
    read_prompts,
    read_resources,
    read_templates,
    read_tools,
)
from .result import CallResult, ServerInfo, read_call, read_server_info

if TYPE_CHECKING:
    from .layers import Layer
    from .server import Server

_CLOSE_SECONDS = 5.0


class Progress(msgspec.Struct, frozen=True):
    """How far a call is.

    Attributes:
        progress: How much is done.
        total: How much there is, when known.
        message: What is being done.
    """

    progress: float
    total: float | None = None
    message: str | None = None


_read_progress = msgspec.json.Decoder(Progress).decode

OnProgress = Callable[[Progress], object]


class Client:
    """A connection to a server; ``async with Client(...) as client`` opens and closes it.

    Cancelling a coroutine that waits for a call (``task.cancel()``, ``asyncio.timeout()``) cancels the call at the
    server.

    Args:
        target: An http(s) URL, a `Command` to start, or a `Server` of this process. A string is never a command.
            Several by name make a group, see `group`.
        on_elicit: Answers what servers ask the user: gets a `Question`, returns the content of the form, an
            `Elicitation`, or ``None`` to decline; may be a coroutine function. Without it servers are told that
            nobody can be asked.
        on_elicit_url: Takes the user to a page that a server names: gets a `Question` with a ``url``, returns whether
            the user agrees, or an `Elicitation`.
        on_sample: Asks a model for a server: gets a `SampleRequest`, returns a `Sample`.
        roots: The places that the user works in: URIs or `Root` objects, or a function that returns them.
        on_log: Gets each `LogMessage` of the server.
        log_level: From which level on the server should send log messages.
        sample_tools: Whether ``on_sample`` understands tools.
        layers: Functions around requests that go out and notifications that come in, the outermost first; see
            `dovetail.layers.Layer`.
        revision: The protocol revision to insist on; ``auto`` finds the newest that both sides speak.
        timeout: Seconds for one operation (default: the core's, one minute).
        max_total: Seconds for one operation with all its progress and questions (default: the core's, 10 minutes).
        reset_on_progress: Whether progress starts the ``timeout`` anew.
        cache: Whether answers are kept as long as the server allows.
        limits: Limits by their names in the documentation, such as ``{"retries": 0}``.
        headers: HTTP headers to send, for instance credentials. For URLs only.
        name: What the client calls itself.
        version: Its version.
    """

    def __init__(
        self,
        target: str | Command | Server | Mapping[str, str | Command | Server],
        *,
        on_elicit: OnElicit | None = None,
        on_elicit_url: OnElicitUrl | None = None,
        on_sample: OnSample | None = None,
        roots: Roots | None = None,
        on_log: OnLog | None = None,
        log_level: Level | None = None,
        sample_tools: bool = False,
        layers: Sequence[Layer] = (),
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
        config: dict[str, Any] = {"info": {"name": name, "version": version}, "revision": revision}
        if timeout is not None:
            config["timeoutMs"] = milliseconds(timeout)
        if max_total is not None:
            config["maxTotalMs"] = milliseconds(max_total)
        if not reset_on_progress:
            config["resetOnProgress"] = False
        if not cache:
            config["cache"] = False
        if limits is not None:
            config["limits"] = camel_keys(limits)
        if log_level is not None:
            config["logLevel"] = log_level
        if sample_tools:
            config["sampleTools"] = True
        inputs = Inputs(on_elicit, on_elicit_url, on_sample, roots)
        self._connection = Connection(Target(target, headers), config, inputs, on_log, layers)
        self._options: dict[str, Any] = {}
        self._on_progress: OnProgress | None = None

    @classmethod
    def group(cls, members: Mapping[str, str | Command | Server], **options: Any) -> Client:
        """One client of several servers, by name.

            async with Client.group({"files": Command("files-server"), "web": "https://example.com/mcp"}) as client:
                tools = await client.list_tools()

        A tool or prompt that one server has keeps its name; of those that several have each becomes ``server_name``.
        A URI belongs to the first member that lists it, or has a template for it. ``with_options(server=name)`` asks
        one member alone, by the names that things have there.

        Args:
            members: The targets, in their order.
            options: Those of `Client`, for all of them; ``headers`` are for one URL only.
        """
        return cls(members, **options)

    async def connect(self) -> None:
        """Connects, for those who cannot use ``async with``; does nothing when that was done before.

        Raises:
            DovetailError: ``transport``, ``child_exited``, ``negotiation``, ``invalid_argument`` and others.
        """
        await self._connection.open()

    async def close(self, deadline: float = _CLOSE_SECONDS) -> None:
        """Disconnects; running calls get ``deadline`` seconds. Ends the server process of a `Command`. Idempotent."""
        await self._connection.close(deadline)

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
        """A client on the same connection with other options for its calls.

        Args:
            timeout: Seconds for one operation.
            max_total: Seconds for one operation with all its progress and questions.
            fresh: Whether the cache is passed by.
            meta: Metadata for the server.
            server: The member of a group to ask.
            on_progress: Gets the `Progress` of calls, on the event loop. News that were not delivered in time are
                replaced by newer ones.
        """
        client = copy.copy(self)
        client._options = dict(self._options)
        if timeout is not None:
            client._options["timeoutMs"] = milliseconds(timeout)
        if max_total is not None:
            client._options["maxTotalMs"] = milliseconds(max_total)
        if fresh is not None:
            client._options["fresh"] = fresh
        if meta is not None:
            client._options["meta"] = dict(meta)
        if server is not None:
            client._options["server"] = server
        if on_progress is not None:
            client._on_progress = on_progress
        return client

    async def call(self, name: str, arguments: Mapping[str, Any] | None = None, /, **keywords: Any) -> CallResult:
        """Calls a tool with a mapping of arguments, or with keywords.

        Raises:
            DovetailError: ``tool_error`` when the tool reports an error, with its text; otherwise what went wrong.
        """
        return read_call(await self._request("call_tool", _call(name, arguments, keywords)))

    async def call_raw(
        self, name: str, arguments: Mapping[str, Any] | None = None, /, **keywords: Any
    ) -> CallResult:
        """As `call`, but an error that the tool reports is a result with ``is_error``."""
        return read_call(await self._request("call_tool", _call(name, arguments, keywords), raw=True))

    async def list_tools(self) -> list[Tool]:
        """All tools of the server."""
        return read_tools(await self._request("list_tools", {}))

    async def server_info(self) -> ServerInfo:
        """What the server says about itself, and the protocol revision in use."""
        return read_server_info(await self._request("server_info", {}))

    async def list_resources(self) -> list[Resource]:
        """All resources of the server."""
        return read_resources(await self._request("list_resources", {}))

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """All resource templates of the server."""
        return read_templates(await self._request("list_resource_templates", {}))

    async def read_resource(self, uri: str) -> ReadResult:
        """Reads a resource.

        Raises:
            DovetailError: ``unknown_resource`` when there is nothing behind the URI.
        """
        return read_contents(await self._request("read_resource", {"uri": uri}))

    async def list_prompts(self) -> list[Prompt]:
        """All prompts of the server."""
        return read_prompts(await self._request("list_prompts", {}))

    async def get_prompt(
        self, name: str, arguments: Mapping[str, str] | None = None, /, **keywords: str
    ) -> PromptResult:
        """Makes a prompt of a mapping of arguments, or of keywords; all of them are text.

        Raises:
            DovetailError: ``unknown_prompt`` when there is none of this name.
        """
        params = {"name": name, "arguments": {**(arguments or {}), **keywords}}
        return read_prompt(await self._request("get_prompt", params))

    async def complete(
        self,
        argument: str,
        value: str,
        *,
        prompt: str | None = None,
        resource_template: str | None = None,
        others: Mapping[str, str] | None = None,
    ) -> Completion:
        """What an argument of a prompt, or a variable of a template, may be.

        Args:
            argument: Its name.
            value: What was typed so far.
            prompt: The name of the prompt.
            resource_template: The URI template.
            others: Arguments that were given already.
        """
        if (prompt is None) is (resource_template is None):
            raise TypeError("say of what: prompt= or resource_template=")
        reference = (
            {"type": "ref/resource", "uri": resource_template}
            if prompt is None
            else {"type": "ref/prompt", "name": prompt}
        )
        params: dict[str, Any] = {"ref": reference, "argument": argument, "value": value}
        if others:
            params["context"] = dict(others)
        return read_completion(await self._request("complete", params))

    async def subscribe(self, uri: str) -> None:
        """Asks to be told when the contents of a resource change; `listen` tells."""
        await self._request("subscribe", {"uri": uri})

    async def unsubscribe(self, uri: str) -> None:
        """Asks not to be told any more."""
        await self._request("unsubscribe", {"uri": uri})

    def listen(
        self, *, tools: bool = False, prompts: bool = False, resources: bool = False, uris: Iterable[str] = ()
    ) -> Listening:
        """Tells changes as they come: ``async for change in client.listen(tools=True)``.

        Args:
            tools: Whether to tell changes of the list of tools.
            prompts: Whether to tell changes of the list of prompts.
            resources: Whether to tell changes of the list of resources.
            uris: The resources whose contents to watch.
        """
        if isinstance(uris, str):
            raise TypeError("uris is a list of URIs")
        wanted = {"tools": tools, "prompts": prompts, "resources": resources, "uris": list(uris)}
        return Listening(self._connection, wanted)

    async def set_log_level(self, level: Level) -> None:
        """From which level on the server should send log messages; ``on_log`` gets them."""
        await self._request("set_log_level", {"level": level})

    async def ping(self) -> None:
        """Asks whether the server is there; does nothing on protocol revisions that have no such question."""
        await self._request("ping", {})

    def _request(self, operation: str, params: dict[str, Any], **more: Any) -> Awaitable[bytes]:
        options = {**self._options, **more} if more else self._options
        on_progress = self._on_progress
        if on_progress is None:
            return self._connection.request(operation, params, options)

        def heard(kind: int, code: int, payload: bytes) -> None:
            on_progress(_read_progress(payload))

        return self._connection.request(operation, params, {**options, "progress": True}, heard)

    async def __aenter__(self) -> Client:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def _call(name: str, arguments: Mapping[str, Any] | None, keywords: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "arguments": {**arguments, **keywords} if arguments else keywords}
