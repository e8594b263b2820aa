"""Reads about members' places: how they want conversations, and who may tell whom something there."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.errors import NotFound
from web.graph.relations import blocked_between
from web.messaging.models import Conversation, ConversationMember
from web.messaging.queries.sight import ASKED, VIEWER, Mine, Pair, asked, is_open
from web.messaging.queries.unread import is_muted, unread


class Place(NamedTuple):
    """How a conversation stands for a member."""

    is_muted: bool
    is_request: bool
    unread: int


_PLACES = (
    sa.select(
        ASKED.c.viewer_id,
        Conversation.id,
        is_muted.label("is_muted"),
        (sa.func.coalesce(Mine.request, "") == "pending").label("is_request"),
        unread(ASKED.c.viewer_id).label("unread"),
    )
    .select_from(ASKED)
    .join(Conversation, Conversation.id == ASKED.c.subject_id)
    .join(Mine, sa.and_(Mine.conversation_id == Conversation.id, Mine.member_id == ASKED.c.viewer_id))
)
_conversation = sa.bindparam("conversation", type_=sa.Uuid())
_ENTERED = (
    sa.select(
        Conversation.type,
        Conversation.last_seq,
        Mine.last_read_seq,
        (sa.func.coalesce(Mine.request, "accepted") == "accepted").label("is_accepted"),
    )
    .join(Mine, sa.and_(Mine.conversation_id == Conversation.id, Mine.member_id == VIEWER))
    .where(Conversation.id == _conversation, is_open())
)
_is_apart = sa.or_(
    sa.func.coalesce(ConversationMember.request, "accepted") != "accepted",
    blocked_between(VIEWER, ConversationMember.member_id),
)
_APART = sa.select(ConversationMember.member_id).where(
    ConversationMember.conversation_id == _conversation, ConversationMember.member_id != VIEWER, _is_apart
)


def places_for(session: Session, pairs: Iterable[Pair]) -> dict[Pair, Place]:
    """How conversations stand for those who are in them, by member and conversation."""
    values = asked(pairs)
    if not values["viewers"]:
        return {}
    rows = session.execute(_PLACES, values)
    return {(row.viewer_id, row.id): Place(row.is_muted, row.is_request, row.unread) for row in rows}


def entered(session: Session, conversation_id: UUID, member_id: UUID) -> Any:
    """What a member finds on following a conversation: type, numbers, whether they agreed to be in it.

    Raises:
        NotFound: absent, or the member is not in it.
    """
    values = {"conversation": conversation_id, "viewer": member_id}
    row = session.execute(_ENTERED, values).one_or_none()
    if row is None:
        raise NotFound()
    return row


def apart(session: Session, conversation_id: UUID, member_id: UUID) -> set[UUID]:
    """Who in a conversation is not shown what a member does just now: a block between them, or not agreed."""
    values = {"conversation": conversation_id, "viewer": member_id}
    return set(session.scalars(_APART, values))
