"""Conversations as topics of sockets: who types, and the same that the routes do.

What must not be lost (``message.*``) comes on the members' own channels; this carries what is of the moment.
"""

from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.orm import Session

from web.core.services import Services
from web.core.topics import Broadcast, Caller, TopicKind, Topics
from web.messaging.places import PlaceService
from web.messaging.queries.conversations import conversation
from web.messaging.queries.places import apart, entered
from web.messaging.schemas import NewMessage, ReadMark
from web.messaging.service import MessagingService

NAME = "conversation"


class Typing(BaseModel):
    """Whether somebody types."""

    is_typing: bool = True


def register(topics: Topics) -> None:
    """Declare the topic ``conversation``."""
    handlers = {"message": send, "typing": show_typing, "read": read, "delivered": deliver}
    topics.add(TopicKind(NAME, enter=enter, handlers=handlers))


def enter(services: Services, caller: Caller, conversation_id: UUID) -> dict[str, Any]:
    """Whoever is in a conversation may follow it.

    Raises:
        NotFound
    """
    return conversation(services[Session], conversation_id, caller.member_id).model_dump(mode="json")


def send(services: Services, caller: Caller, conversation_id: UUID, data: dict[str, Any]) -> dict[str, Any]:
    """Send a message, as the route does."""
    new = NewMessage.model_validate(data)
    message = services[MessagingService].send(caller.member_id, conversation_id, new)
    return {"message": message.model_dump(mode="json")}


def show_typing(services: Services, caller: Caller, conversation_id: UUID, data: dict[str, Any]) -> None:
    """Show the others that the caller types; not who has a block with them, or has not agreed to be there.

    Raises:
        NotFound: absent, or the caller is not in it.
    """
    typing = Typing.model_validate(data)
    session, member_id = services[Session], caller.member_id
    if not entered(session, conversation_id, member_id).is_accepted:
        return  # a stranger is not told before the request is accepted
    services[Broadcast].typing(
        f"{NAME}:{conversation_id}",
        caller,
        is_typing=typing.is_typing,
        hidden_from=apart(session, conversation_id, member_id),
    )


def read(services: Services, caller: Caller, conversation_id: UUID, data: dict[str, Any]) -> dict[str, Any]:
    """Note that the caller has read up to a message."""
    mark = ReadMark.model_validate(data)
    return {"seq": services[PlaceService].read(caller.member_id, conversation_id, mark.seq)}


def deliver(
    services: Services, caller: Caller, conversation_id: UUID, data: dict[str, Any]
) -> dict[str, Any]:
    """Note that the caller's device has the messages up to one."""
    mark = ReadMark.model_validate(data)
    return {"seq": services[PlaceService].deliver(caller.member_id, conversation_id, mark.seq)}
