"""The two layers of the fixture, for servers and clients alike."""

from typing import Any

from dovetail import Code, DovetailError, Message
from dovetail.layers import Layer, Next

Journal = list[str]


def both(journal: Journal) -> list[Layer]:
    """Both, the outer one first."""
    return [noting("outer", journal), noting("inner", journal)]


def text(said: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": said}]}


def noting(name: str, journal: Journal) -> Layer:
    async def layer(message: Message, next: Next) -> Any:
        if message.notification:
            journal.append(f"{name} {message.method}")
            if name == "inner" and message.params.get("uri") == "note://dropped":
                return None
            return await next(message)
        if message.method != "tools/call" or message.params["name"] == "journal":
            return await next(message)
        journal.append(f"{name} {message.method}")
        asked = message.params["arguments"].get("a") if message.params["name"] == "add" else None
        match name, asked:
            case "outer", 100:
                message.params["arguments"]["a"] = 200
            case "inner", 101:
                return text("own answer")
            case "inner", 102:
                raise DovetailError(Code.FORBIDDEN, "refused by a layer")
            case "inner", 103:
                raise RuntimeError("secret")
        try:
            result = await next(message)
        except DovetailError as error:
            journal.append(f"{name} {error.name}")
            raise
        journal.append(f"{name} done")
        return text("changed") if (name, asked) == ("outer", 104) else result

    return layer
