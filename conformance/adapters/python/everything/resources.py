"""Resources and prompts."""

from typing import Annotated

from dovetail import PromptMessage, Server
from msgspec import Meta

from .content import PNG, embedded, image

WORDS = ["paris", "park", "party", "test", "testing"]


def add(server: Server) -> None:
    @server.resource("test://static-text", mime_type="text/plain")
    def static_text() -> str:
        """Text that never changes."""
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png")
    def static_binary() -> bytes:
        """Bytes that never change."""
        return PNG

    @server.resource("test://watched-resource", mime_type="text/plain")
    def watched() -> str:
        """Can be subscribed to."""
        return "Watched resource content"

    @server.resource_template("test://template/{id}/data", mime_type="application/json")
    def by_id(id: str) -> dict[str, str | bool]:
        """Data by id."""
        return {"id": id, "templateTest": True, "data": f"Data for ID: {id}"}

    @server.prompt
    def test_simple_prompt() -> str:
        """A prompt without arguments."""
        return "This is a simple prompt for testing."

    @server.prompt(completions={"arg1": WORDS, "arg2": WORDS})
    def test_prompt_with_arguments(
        arg1: Annotated[str, Meta(description="First argument")],
        arg2: Annotated[str, Meta(description="Second argument")],
    ) -> str:
        """A prompt with two arguments."""
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    # The suite chose the name of the argument.
    @server.prompt
    def test_prompt_with_embedded_resource(
        resourceUri: Annotated[str, Meta(description="URI of the resource")],  # noqa: N803
    ) -> list[PromptMessage]:
        """A prompt with a resource."""
        return [
            PromptMessage.user(embedded(resourceUri, "text/plain", "Embedded resource content for testing.")),
            PromptMessage.user("Please process the embedded resource above."),
        ]

    @server.prompt
    def test_prompt_with_image() -> list[PromptMessage]:
        """A prompt with an image."""
        return [PromptMessage.user(image()), PromptMessage.user("Please analyze the image above.")]
