"""Reads about conversations."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.core.errors import NotFound
from web.core.pagination import AFTER, Page, PageQuery, Position, keyset
from web.graph.relations import meets
from web.messaging.models import Conversation, ConversationMember, Message
from web.messaging.schemas import About
from web.messaging.schemas import Conversation as ConversationOut
from web.messaging.schemas import Message as MessageOut

_member = sa.bindparam("member", type_=sa.Uuid())
_conversation = sa.bindparam("conversation", type_=sa.Uuid())
_Mine = aliased(ConversationMember)
_Partner = aliased(ConversationMember)
# A conversation without messages is as new as its beginning.
_activity = sa.func.coalesce(Conversation.last_message_at, Conversation.created_at)

_CONVERSATIONS = (
    sa.select(
        Conversation.id,
        Conversation.type,
        Conversation.last_seq,
        Conversation.last_message_at,
        Conversation.created_at,
        _activity.label("activity"),
        _Mine.last_read_seq,
        meets(_member).label("meets_partner"),
        *CARD_COLUMNS,
    )
    .join(_Mine, sa.and_(_Mine.conversation_id == Conversation.id, _Mine.member_id == _member))
    .join(_Partner, sa.and_(_Partner.conversation_id == Conversation.id, _Partner.member_id != _member))
    .join(Account, Account.id == _Partner.member_id)
    .where(Conversation.type == "direct")
)
_NEWEST = _CONVERSATIONS.order_by(_activity.desc(), Conversation.id.desc()).limit(sa.bindparam("rows"))
_NEWEST_NEXT = _NEWEST.where(sa.tuple_(_activity, Conversation.id) < AFTER)
_ONE = _CONVERSATIONS.where(Conversation.id == _conversation)

_IS_IN = sa.select(
    sa.exists().where(
        ConversationMember.conversation_id == _conversation, ConversationMember.member_id == _member
    )
)
_MESSAGES = (
    sa.select(*Message.__table__.columns)
    .where(Message.conversation_id == _conversation)
    .order_by(Message.seq.desc())
    .limit(sa.bindparam("rows"))
)
_MESSAGES_NEXT = _MESSAGES.where(Message.seq < sa.bindparam("before_seq"))


def conversations(session: Session, member_id: UUID, page: PageQuery) -> Page[ConversationOut]:
    """A member's conversations, the liveliest first."""
    after = page.after
    statement = _NEWEST if after is None else _NEWEST_NEXT
    rows = session.execute(statement, {"member": member_id, "rows": page.limit + 1, **keyset(after)}).all()
    return page.page(rows, conversation_from, lambda row: Position.at(row.activity, row.id))


def conversation(session: Session, conversation_id: UUID, member_id: UUID) -> ConversationOut:
    """One conversation of a member.

    Raises:
        NotFound: absent, or the member is not in it.
    """
    row = session.execute(_ONE, {"conversation": conversation_id, "member": member_id}).one_or_none()
    if row is None:
        raise NotFound()
    return conversation_from(row)


def messages(session: Session, conversation_id: UUID, member_id: UUID, page: PageQuery) -> Page[MessageOut]:
    """The messages of a conversation, newest first.

    Raises:
        NotFound: absent, or the member is not in it.
    """
    if not session.scalar(_IS_IN, {"conversation": conversation_id, "member": member_id}):
        raise NotFound()
    after = page.after
    values: dict[str, Any] = {"conversation": conversation_id, "rows": page.limit + 1}
    statement = _MESSAGES
    if after is not None:
        statement, values["before_seq"] = _MESSAGES_NEXT, after.order
    rows = session.execute(statement, values).all()
    return page.page(rows, message_from, lambda row: Position(row.seq, row.id))


def conversation_from(row: Any) -> ConversationOut:
    """The conversation in a row."""
    return ConversationOut(
        id=row.id,
        type=row.type,
        partner=card_from(row) if row.meets_partner or row.card_is_deleted else None,
        last_seq=row.last_seq,
        last_read_seq=row.last_read_seq,
        unread=max(0, row.last_seq - row.last_read_seq),
        last_message_at=row.last_message_at,
        created_at=row.created_at,
    )


def message_from(row: Any) -> MessageOut:
    """The message in a row of ``messages``."""
    return MessageOut(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        sender_id=row.sender_id,
        client_id=row.client_id,
        body=row.body,
        about=About(kind=row.about_kind, id=row.about_id) if row.about_id else None,
        created_at=row.created_at,
    )
