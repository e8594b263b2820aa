"""Reads about what waits to be read."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.services import Services
from web.graph.relations import Member
from web.messaging.models import Conversation, Message
from web.messaging.queries.sight import ASKED, VIEWER, Mine, readable
from web.messaging.schemas import MOST_UNREAD

is_muted = sa.func.coalesce(Mine.muted_until > sa.func.now(), sa.false())
is_accepted = sa.or_(Mine.request.is_(None), Mine.request == "accepted")


def unread(viewer: Member) -> sa.ScalarSelect[int]:
    """SQL: what others wrote and the viewer has not read, up to ``MOST_UNREAD``."""
    some = (
        sa.select(Message.id)
        .where(
            Message.conversation_id == Conversation.id,
            Message.seq > sa.func.greatest(Mine.last_read_seq, Mine.left_seq),
            Message.sender_id.is_distinct_from(viewer),
            Message.type != "system",
            Message.deleted_at.is_(None),
            readable(viewer),
        )
        .limit(MOST_UNREAD)
        .correlate(Conversation, Mine, ASKED)
        .subquery("some_unread")
    )
    return sa.select(sa.func.count()).select_from(some).scalar_subquery()


_WAITING = (
    sa.select(sa.func.count())
    .select_from(Conversation)
    .join(Mine, sa.and_(Mine.conversation_id == Conversation.id, Mine.member_id == VIEWER))
    .where(
        Mine.is_active,
        is_accepted,
        sa.not_(is_muted),
        Mine.archived_at.is_(None),
        Conversation.last_seq > Mine.last_read_seq,
        unread(VIEWER) > 0,
    )
)


def greeting(services: Services, member_id: UUID) -> dict[str, Any]:
    """What a socket is told on connecting: in how many conversations something waits to be read."""
    return {"unread_conversations": unread_conversations(services[Session], member_id)}


def unread_conversations(session: Session, member_id: UUID) -> int:
    """In how many conversations, neither muted nor put away, something waits for a member to read it."""
    return session.scalar(_WAITING, {"viewer": member_id}) or 0
