"""Questions beyond forms, several at once, and steps: in memory and over HTTP, in both eras."""

import asyncio

import pytest

from dovetail import Code, DovetailError, Elicitation, LogMessage, Question, Root, Sample, SampleRequest, Text

ROOTS = [Root("file:///here", "here"), "file:///there"]


def think(request: SampleRequest) -> Sample:
    return Sample.of("because", "model-1")


async def test_a_page_to_visit(library):
    asked: list[Question] = []

    async def agree(question: Question) -> bool:
        asked.append(question)
        return True

    async with library(on_elicit_url=agree) as client:
        assert (await client.call("visit")).data == "accept"
    assert (asked[0].message, asked[0].url) == ("pay", "https://example.com/pay")
    async with library(on_elicit_url=lambda question: False) as client:
        assert (await client.call("visit")).data == "decline"
    async with library(on_elicit_url=lambda question: Elicitation("cancel")) as client:
        assert (await client.call("visit")).data == "cancel"


async def test_the_model_of_the_client(library):
    asked: list[SampleRequest] = []

    async def sample(request: SampleRequest) -> Sample:
        asked.append(request)
        return think(request)

    async with library(on_sample=sample) as client:
        assert (await client.call("think")).data == "model-1: because"
    (request,) = asked
    assert request.messages[0].content == [Text("why?")]
    assert (request.max_tokens, request.system_prompt, request.stop_sequences) == (5, "short", ["."])


async def test_a_client_without_a_model_is_refused(library):
    async with library() as client:
        with pytest.raises(DovetailError) as caught:
            await client.call("think")
    assert caught.value.code in (Code.MISSING_CLIENT_CAPABILITY, Code.UNANSWERABLE)


@pytest.mark.parametrize("roots", [ROOTS, lambda: ROOTS], ids=["list", "function"])
async def test_roots(library, roots):
    async with library(roots=roots) as client:
        assert (await client.call("where")).data == ["file:///here here", "file:///there None"]


async def test_several_questions_at_once(library):
    async with library(on_elicit=lambda question: {"name": "Ada"}, on_sample=think, roots=ROOTS) as client:
        assert (await client.call("all_at_once")).data == "Ada because file:///here"


async def test_a_step_is_done_once(library):
    async with library(on_elicit=lambda question: {name: True for name in question.schema["properties"]}) as client:
        assert (await client.call("charge")).data == [1, 1, 1]
        assert (await client.call("charge")).data == [2, 2, 1]


async def test_the_context_of_blocking_handlers_can_do_the_same(library):
    logged: list[LogMessage] = []
    async with library(
        on_elicit=lambda question: {"name": "Ada"},
        on_sample=think,
        roots=ROOTS,
        on_log=logged.append,
        log_level="info",
    ) as client:
        assert (await client.call("blocking_charge")).data == [1, 3, 2, 7]
    assert logged[0].data == "charging"


async def test_a_handler_of_questions_that_fails_is_told(library):
    async def broken(request: SampleRequest) -> Sample:
        await asyncio.sleep(0)
        raise RuntimeError("no model today")

    async with library(on_sample=broken) as client:
        with pytest.raises(DovetailError):
            await client.call("think")
        assert (await client.call("untyped")).text == "said"


def test_the_defaults_of_a_form():
    schema = {"type": "object", "properties": {"a": {"default": 1}, "b": {}, "c": {"default": False}}}
    assert Question("?", schema).defaults() == {"a": 1, "c": False}
