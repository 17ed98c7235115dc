"""The shared suite's client; prints one JSON line with what it observed.

`client.py [--revision auto|REVISION] [--answer yes|no|none] SCENARIO (URL | -- command args…)`
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from dovetail import CallResult, Client, Command, DovetailError, Elicitation, Question

Observed = dict[str, Any]

POLLS = 50


def failure(error: DovetailError) -> Observed:
    return {"name": error.name, "detail": error.detail}


async def failing(call: Awaitable[CallResult]) -> Observed:
    try:
        return {"name": "none", "detail": str((await call).data)}
    except DovetailError as error:
        return failure(error)


async def cancel(client: Client) -> Observed:
    begun = asyncio.Event()
    call = client.with_options(on_progress=lambda _: begun.set()).call("wait")
    waiting = asyncio.create_task(call)
    # The handler reports progress as its first act: from then on cancelling must reach it.
    await begun.wait()
    waiting.cancel()
    try:
        await waiting
        code = "none"
    except asyncio.CancelledError:
        code = "cancelled"
    for _ in range(POLLS):
        # The text, because others wrap numbers in an object.
        if int((await client.call("cancelled")).text) >= 1:
            return {"code": code, "observed": True}
    return {"code": code, "observed": False}


async def cell(client: Client, _: list[str]) -> Observed:
    progress: list[int] = []
    counting = client.with_options(on_progress=lambda step: progress.append(int(step.progress)))
    return {
        "revision": (await client.server_info()).revision,
        "count": (await counting.call("count", to=3)).data,
        "progress": progress,
        "add": (await client.call("add", a=2, b=3)).data,
        "echo": (await client.call("echo", text='ä"\\n€')).data,
        "cancel": await cancel(client),
        "elicit": (await client.call("ask", what="continue?")).data,
        "error": await failing(client.call("fail")),
        "unknown": await failing(client.call("nope")),
        "invalid": await failing(client.call("add", a="x", b=3)),
    }


def asking(tool: str, **arguments: str) -> Callable[[Client, list[str]], Awaitable[Observed]]:
    async def scenario(client: Client, questions: list[str]) -> Observed:
        return {"result": (await client.call(tool, arguments)).data, "questions": questions}

    return scenario


SCENARIOS = {
    "cell": cell,
    "stubborn": asking("stubborn", what="stubborn"),
    "changing": asking("changing"),
    "declared": asking("declared"),
}


async def observe(scenario: str, target: str | Command, revision: str, answer: str) -> Observed:
    questions: list[str] = []

    def on_elicit(question: Question) -> Elicitation[dict[str, str]]:
        questions.append(question.message)
        return Elicitation("accept", {"answer": "yes"}) if answer == "yes" else Elicitation("decline")

    try:
        async with Client(
            target, revision=revision, on_elicit=None if answer == "none" else on_elicit
        ) as client:
            return await SCENARIOS[scenario](client, questions)
    except DovetailError as error:
        return {"error": failure(error), "questions": questions}


def main() -> None:
    before, dashes, command = (words := sys.argv[1:]), False, list[str]()
    if "--" in words:
        cut = words.index("--")
        before, dashes, command = words[:cut], True, words[cut + 1 :]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--revision", default="auto")
    parser.add_argument("--answer", choices=["yes", "no", "none"], default="yes")
    parser.add_argument("scenario", choices=list(SCENARIOS))
    if not dashes:
        parser.add_argument("url")
    elif not command:
        parser.error("a command is missing after --")
    options = parser.parse_args(before)
    target = Command(command[0], command[1:]) if dashes else options.url
    print(json.dumps(asyncio.run(observe(options.scenario, target, options.revision, options.answer))))


if __name__ == "__main__":
    main()
