"""Questions to the user behind a call, over every transport and in both eras."""

import asyncio

import pytest

from dovetail import Client, Code, DovetailError, Elicitation, Question
from servers import make

CONTENT = {"answer": "fine", "often": 2, "size": "large"}


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (CONTENT, "fine 2 large"),
        ({"answer": "fine"}, "fine None small"),
        (Elicitation("accept", CONTENT), "fine 2 large"),
        (Elicitation("cancel"), "cancel"),
        (None, "decline"),
    ],
)
async def test_an_answer_reaches_the_handler(connect, answer, text):
    questions: list[Question] = []

    async def on_elicit(question: Question):
        await asyncio.sleep(0)
        questions.append(question)
        return answer

    async with connect(on_elicit=on_elicit) as client:
        assert (await client.call("ask", what="how?")).data == text
    (question,) = questions
    assert question.message == "how?"
    assert question.schema["properties"]["size"] == {"type": "string", "enum": ["large", "small"], "default": "small"}
    assert question.schema["required"] == ["answer"]


async def test_a_handler_that_catches_everything_is_asked_all_the_same(connect):
    asked: list[str] = []

    def on_elicit(question: Question):
        asked.append(question.message)

    async with connect(on_elicit=on_elicit) as client:
        assert (await client.call("stubborn")).data in ("answered", "swallowed")
    assert asked == ["sure?"]


async def test_a_blocking_handler_asks_and_waits(connect):
    def yes(question: Question):
        return {field: True for field in question.schema["properties"]}

    async with connect(on_elicit=yes) as client:
        assert (await client.call("ask_blocking")).data == "yes"
    async with connect(on_elicit=lambda question: None) as client:
        assert (await client.call("ask_blocking")).data == "no"


async def test_a_client_that_cannot_answer_is_refused(connect):
    async with connect() as client:
        with pytest.raises(DovetailError) as caught:
            await client.call("declared")
        assert caught.value.code is Code.MISSING_CLIENT_CAPABILITY
        assert (await client.call("counted", what="ran")).data == 0
        with pytest.raises(DovetailError):
            await client.call("ask", what="how?")


async def test_an_answerer_that_fails_fails_the_call(connect):
    def broken(question: Question):
        raise ValueError("no answer today")

    async with connect(on_elicit=broken) as client:
        with pytest.raises(DovetailError):
            await client.call("ask", what="how?")
        assert (await client.call("add", a=1)).data == 3


async def test_cancelling_a_call_that_asks_cancels_the_answerer(connect):
    asking, cancelled = asyncio.Event(), asyncio.Event()

    async def on_elicit(question: Question):
        asking.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with connect(on_elicit=on_elicit) as client:
        call = asyncio.create_task(client.call("ask", what="how?"))
        await asking.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await client.call("add", a=1)).data == 3
    await cancelled.wait()


async def test_a_handler_runs_again_with_its_answer_on_the_new_revision():
    async with Client(make(), on_elicit=lambda question: CONTENT) as client:
        assert (await client.call("ask", what="how?")).data == "fine 2 large"
        assert (await client.call("counted", what="asked")).data == 2
