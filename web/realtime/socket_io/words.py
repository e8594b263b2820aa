"""What Socket.IO clients say and are told, in the words of our own protocol and back.

Each frame is told under one name only, or what comes exactly once would come twice: the name that seed 000's
clients know, where they know one. Listeners are called with the data, with what else the frame says, and for
frames of the member's own channel with the number as text, by which the client finds its place again.
"""

import re
from collections.abc import Mapping
from typing import Any

from web.core.ids import new_id

CONVERSATION = "conversation:"
PRESENCE = "presence"
TOLD_AS = {"message.new": "message", "presence.update": "online_status"}

_HUMP = re.compile(r"(?<=[a-z])([A-Z])")


def to_message(name: str, data: Any, reply_to: str | None) -> dict[str, Any]:
    """What a client says, as a message of our own protocol, which checks it.

    Of an event with ``channel``, everything else is the data. Without one, the names of the data may be
    written as the seed's clients write them (``conversationId``).
    """
    given = dict(data) if isinstance(data, Mapping) else {}
    message: dict[str, Any] = {"id": reply_to, "event": name, "data": given}
    if (channel := given.pop("channel", None)) is not None:
        return message | {"channel": channel}
    given = message["data"] = {_HUMP.sub(r"_\1", key).lower(): value for key, value in given.items()}
    if (conversation_id := given.pop("conversation_id", None)) is not None:
        message["channel"] = f"{CONVERSATION}{conversation_id}"
    if name == "message":
        _fill(given)
    elif name in ("typing_start", "typing_stop"):
        message["event"], given["is_typing"] = "typing", name == "typing_start"
    elif name == "online_status":
        message |= {"event": "subscribe", "channel": PRESENCE}
    return message


def _fill(message: dict[str, Any]) -> None:
    """The seed's clients know nothing of ``client_id`` and have other names for ``body``."""
    for name in ("message", "content"):
        if name in message:
            message.setdefault("body", message.pop(name))
    message.setdefault("client_id", str(new_id()))


def to_event(frame: Mapping[str, Any]) -> list[Any]:
    """Name and arguments of the event that a frame is told as."""
    name, channel, data = frame["event"], frame["channel"], frame["data"]
    if channel.startswith(CONVERSATION):
        data = {"conversation_id": channel.removeprefix(CONVERSATION), **data}
    if name == "message.new":
        data = _flat(data)
    told: list[Any] = [TOLD_AS.get(name, name), data, {key: frame[key] for key in frame if key != "data"}]
    return told


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    """A message as the seed's clients keep it: in one piece, its text under ``content``.

    Conversations tell more than the message itself; rooms and matches do not.
    """
    message = data.get("message", data)
    rest = {key: data[key] for key in data if key != "message"}
    return {**rest, **message, "content": message["body"]}
