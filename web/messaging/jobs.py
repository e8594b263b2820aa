"""Calling those to whom something was written: the job that follows each message."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.clock import Clock
from web.core.events import Happened
from web.core.followers import Followers
from web.core.jobs import JobLog, JobRegistry
from web.core.services import Services
from web.graph.relations import meets, mutes
from web.messaging.events import MessageSent
from web.messaging.models import Conversation, ConversationMember, Message
from web.notifications.service import NotificationService

TELL: Final = "messaging.tell"

_SENT = (
    sa.select(Message.sender_id, Message.conversation_id, Message.created_at, Conversation.type)
    .join(Conversation, Conversation.id == Message.conversation_id)
    .where(
        Message.id == sa.bindparam("message", type_=sa.Uuid()),
        Message.deleted_at.is_(None),
        Message.sender_id.is_not(None),
    )
)
# Who waits for it: has not read it yet, has not muted the conversation or the sender, may meet the sender.
# Whoever reads it just now does so before they are called, or after that and settles it: hence the lock.
_WAITING = (
    sa.select(ConversationMember.member_id, ConversationMember.request)
    .join(
        Message,
        sa.and_(
            Message.conversation_id == ConversationMember.conversation_id,
            Message.id == sa.bindparam("message", type_=sa.Uuid()),
        ),
    )
    .join(Account, Account.id == Message.sender_id)
    .where(
        ConversationMember.is_active,
        ConversationMember.member_id != Message.sender_id,
        ConversationMember.last_read_seq < Message.seq,
        ConversationMember.from_seq < Message.seq,
        sa.func.coalesce(ConversationMember.request, "accepted") != "declined",
        sa.or_(
            ConversationMember.muted_until.is_(None),
            ConversationMember.muted_until <= sa.bindparam("now", type_=sa.DateTime(timezone=True)),
        ),
        meets(ConversationMember.member_id),
        sa.not_(mutes(ConversationMember.member_id, Account.id)),
    )
    .order_by(ConversationMember.member_id)
    .with_for_update(read=True, of=ConversationMember)
)


def register(jobs: JobRegistry) -> None:
    """Declare the job."""
    jobs.add(TELL, tell)


def tell_soon(services: Services, happened: Happened[MessageSent]) -> None:
    """Have the receivers told; they may be hundreds."""
    services[JobLog].add(TELL, event_id=happened.id, message_id=happened.event.message_id)


def tell(services: Services, event_id: str, message_id: str) -> None:
    """Body of the job: notify who waits for a message and has no socket open on the conversation."""
    session = services[Session]
    sent = session.execute(_SENT, {"message": UUID(message_id)}).one_or_none()
    if sent is None:  # taken back already
        return
    now = services[Clock].now()
    waiting = session.execute(_WAITING, {"message": UUID(message_id), "now": now}).all()
    reading = services[Followers].among(
        f"conversation:{sent.conversation_id}", [row.member_id for row in waiting]
    )
    event = MessageSent(
        sender_id=sent.sender_id,
        recipient_id=waiting[0].member_id if sent.type == "direct" and waiting else None,
        conversation_id=sent.conversation_id,
        message_id=UUID(message_id),
    )
    about = Happened(id=UUID(event_id), occurred_at=sent.created_at, event=event)
    for is_request in (False, True):
        called = [
            row.member_id
            for row in waiting
            if row.member_id not in reading and (row.request == "pending") is is_request
        ]
        services[NotificationService].tell_message(
            called, about=about, conversation_id=sent.conversation_id, is_request=is_request
        )
