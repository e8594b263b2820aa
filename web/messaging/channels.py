"""What members' sockets are told about conversations.

Who has muted a conversation is told as well, and that it is muted: a client shows it, and makes no sound.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.channels import Channels, Delivered
from web.core.services import Services
from web.messaging.events import (
    ConversationChanged,
    ConversationRead,
    MessageDeleted,
    MessageEdited,
    MessageReacted,
    MessagesDelivered,
    MessageSent,
    NoticePosted,
    PlaceChanged,
)
from web.messaging.models import Conversation, ConversationMember
from web.messaging.queries.conversations import conversations_for
from web.messaging.queries.messages import messages_for
from web.messaging.queries.places import places_for
from web.messaging.queries.sight import cards
from web.messaging.schemas import LARGEST_WITH_RECEIPTS

Frames = list[dict[str, Any] | None]

_IN_IT = sa.select(ConversationMember.member_id, ConversationMember.request, Conversation.type).where(
    Conversation.id == ConversationMember.conversation_id,
    ConversationMember.conversation_id == sa.bindparam("conversation", type_=sa.Uuid()),
    ConversationMember.is_active,
    sa.func.coalesce(ConversationMember.request, "accepted") != "declined",
)

_ANSWER = sa.select(ConversationMember.request).where(
    ConversationMember.conversation_id == sa.bindparam("conversation", type_=sa.Uuid()),
    ConversationMember.member_id == sa.bindparam("member", type_=sa.Uuid()),
)


def register(channels: Channels) -> None:
    """Declare the frames ``message.*`` and ``conversation.updated``."""
    for event in (MessageSent, NoticePosted):
        channels.deliver(event, "message.new", receivers=everybody, render=render_new)
    channels.deliver(MessageEdited, "message.edited", receivers=everybody, render=render_edited)
    channels.deliver(MessageDeleted, "message.deleted", receivers=everybody, render=render_deleted)
    channels.deliver(MessageReacted, "message.reaction", receivers=everybody, render=render_reaction)
    channels.deliver(ConversationRead, "message.read", receivers=a_few, render=render_mark)
    channels.deliver(MessagesDelivered, "message.delivered", receivers=a_few, render=render_mark)
    channels.deliver(ConversationChanged, "conversation.updated", receivers=concerned, render=render_changed)
    channels.deliver(
        PlaceChanged,
        "conversation.updated",
        receivers=lambda _, event: [event.member_id],
        render=render_changed,
    )


def everybody(services: Services, event: Any) -> set[UUID]:
    """Who is in the conversation, and has not declined to be."""
    return {row.member_id for row in _in_it(services, event)}


def concerned(services: Services, event: ConversationChanged) -> set[UUID]:
    """The same, and who is in it no longer."""
    return everybody(services, event) | ({event.concerned_id} if event.concerned_id else set())


def a_few(services: Services, event: ConversationRead | MessagesDelivered) -> set[UUID]:
    """Who is told how far somebody is: everybody in a small conversation, else only they themselves.

    A stranger is not told before the request is accepted, nor after it was declined.
    """
    rows = _in_it(services, event)
    values = {"conversation": event.conversation_id, "member": event.member_id}
    answer = services[Session].scalar(_ANSWER, values)
    if len(rows) > LARGEST_WITH_RECEIPTS or answer in ("pending", "declined"):
        return {event.member_id}
    return {row.member_id for row in rows if row.request != "pending"} | {event.member_id}


def _in_it(services: Services, event: Any) -> Sequence[Any]:
    return services[Session].execute(_IN_IT, {"conversation": event.conversation_id}).all()


def render_new(services: Services, items: Sequence[Delivered]) -> Frames:
    """The message as it is now, and how the receiver wants the conversation; nothing that is not theirs."""
    wanted = places_for(services[Session], [(item.member_id, item.event.conversation_id) for item in items])

    def facts(item: Delivered) -> dict[str, Any]:
        place = wanted[item.member_id, item.event.conversation_id]
        return {"is_muted": place.is_muted, "is_request": place.is_request}

    return _render_message(services, items, facts)


def render_edited(services: Services, items: Sequence[Delivered]) -> Frames:
    """The message as it is now."""
    return _render_message(services, items, lambda _: {})


def _render_message(
    services: Services, items: Sequence[Delivered], facts: Callable[[Delivered], dict[str, Any]]
) -> Frames:
    """Nothing of whom the receiver may not meet: that is in the history, nameless."""
    found = messages_for(services[Session], [(item.member_id, item.event.message_id) for item in items])
    return [
        {
            "conversation_id": message.conversation_id,
            "message": message.model_dump(mode="json"),
            **facts(item),
        }
        if (message := found.get((item.member_id, item.event.message_id)))
        and (message.sender or message.notice)
        else None
        for item in items
    ]


def render_deleted(services: Services, items: Sequence[Delivered]) -> Frames:
    """Which message is gone, for whoever could read it."""
    found = messages_for(services[Session], [(item.member_id, item.event.message_id) for item in items])
    return [
        {"conversation_id": message.conversation_id, "message_id": message.id, "seq": message.seq}
        if (message := found.get((item.member_id, item.event.message_id)))
        else None
        for item in items
    ]


def render_reaction(services: Services, items: Sequence[Delivered]) -> Frames:
    """All reactions of the message as they are now, and who it was, as far as the receiver may meet them."""
    session = services[Session]
    found = messages_for(session, [(item.member_id, item.event.message_id) for item in items])
    people = cards(session, [(item.member_id, item.event.member_id) for item in items])
    return [
        {
            "conversation_id": message.conversation_id,
            "message_id": message.id,
            "user_id": who.id if who else None,
            "is_added": item.event.is_added,
            "reactions": [reaction.model_dump() for reaction in message.reactions],
        }
        if (message := found.get((item.member_id, item.event.message_id)))
        else None
        for item in items
        for who in [people.get((item.member_id, item.event.member_id))]
    ]


def render_mark(services: Services, items: Sequence[Delivered]) -> Frames:
    """Who is how far, and to themselves what is left; nothing of whom the receiver may not meet."""
    session = services[Session]
    people = cards(session, [(item.member_id, item.event.member_id) for item in items])
    own = [
        (item.member_id, item.event.conversation_id)
        for item in items
        if item.member_id == item.event.member_id
    ]
    left = places_for(session, own)
    frames: Frames = []
    for item in items:
        if (item.member_id, item.event.member_id) not in people:
            frames.append(None)
            continue
        frame = {
            "conversation_id": item.event.conversation_id,
            "user_id": item.event.member_id,
            "seq": item.event.seq,
            "timestamp": item.occurred_at,
        }
        place = left.get((item.member_id, item.event.conversation_id))
        if item.member_id == item.event.member_id and place:
            frame["unread"] = place.unread
        frames.append(frame)
    return frames


def render_changed(services: Services, items: Sequence[Delivered]) -> Frames:
    """The conversation as it is now; null for who is in it no longer."""
    pairs = [(item.member_id, item.event.conversation_id) for item in items]
    found = conversations_for(services[Session], pairs)
    return [
        {
            "conversation_id": item.event.conversation_id,
            "change": item.event.change,
            "conversation": found[pair].model_dump(mode="json") if pair in found else None,
        }
        for item, pair in zip(items, pairs, strict=True)
    ]
