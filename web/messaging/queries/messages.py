"""Reads about messages."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.core.db import AnySelect
from web.core.errors import NotFound
from web.core.media_addresses import MediaAddresses, addresses_of
from web.core.pagination import Page, PageQuery, Position
from web.graph.relations import Member, meets
from web.media.models import Medium
from web.media.presentation import MEDIUM_FIELDS, MediaItem, medium_from
from web.messaging.models import Conversation, ConversationMember, Message, MessageReaction
from web.messaging.queries.sight import ASKED, VIEWER, Mine, Pair, asked, cards, is_open, readable
from web.messaging.schemas import (
    LARGEST_WITH_RECEIPTS,
    About,
    MessageQuery,
    Notice,
    Reaction,
    ReadBy,
    Reply,
    SearchQuery,
)
from web.messaging.schemas import Message as MessageOut

REPLY_CHARACTERS: Final = 100
MOST_NAMED: Final = 10  # of whom a notice is about: of 255 who were added, each would be shown all others
# Media of messages are never served in the open.
_MEDIUM = {**MEDIUM_FIELDS, "is_public": sa.false()}
_Replied = aliased(Message, name="replied")
_Author = aliased(Account, name="replied_author")
_conversation = sa.bindparam("conversation", type_=sa.Uuid())


def _reactions(viewer: Member) -> sa.ScalarSelect[Any]:
    """SQL: emoji, count and whether the viewer is among them, in the order in which they came."""
    one = (
        sa.select(
            MessageReaction.emoji,
            sa.func.count().label("count"),
            sa.func.bool_or(MessageReaction.member_id == viewer).label("mine"),
            sa.func.min(MessageReaction.created_at).label("first_at"),
        )
        .where(MessageReaction.message_id == Message.id)
        .group_by(MessageReaction.emoji)
        .correlate(Message, ASKED)
        .subquery("reactions")
    )
    item = sa.func.json_build_object("emoji", one.c.emoji, "count", one.c.count, "mine", one.c.mine)
    ordered = sa.func.json_agg(sa.dialects.postgresql.aggregate_order_by(item, one.c.first_at, one.c.emoji))
    return sa.select(ordered).scalar_subquery()


def _statement(viewer: Member, source: Any = Message) -> AnySelect:
    """Everything about messages of conversations that are open to a viewer, a column or a parameter."""
    names = [column for column in Message.__table__.columns if column.name != "client_id"]
    return (
        sa.select(
            *names,
            Message.client_id,
            sa.cast(viewer, sa.Uuid()).label("viewer_id"),
            meets(viewer).label("meets_sender"),
            *CARD_COLUMNS,
            *(field.label(f"medium_{name}") for name, field in _MEDIUM.items()),
            Medium.name.label("medium_name"),
            Medium.size.label("medium_size"),
            _Replied.id.label("replied_id"),
            _Replied.seq.label("replied_seq"),
            _Replied.type.label("replied_type"),
            sa.case((meets(viewer, _Author), _Replied.sender_id)).label("replied_sender_id"),
            sa.func.left(_Replied.body, REPLY_CHARACTERS).label("replied_body"),
            _Replied.deleted_at.is_not(None).label("replied_is_deleted"),
            _reactions(viewer).label("reactions"),
        )
        .select_from(source)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Mine, sa.and_(Mine.conversation_id == Message.conversation_id, Mine.member_id == viewer))
        .outerjoin(Account, Account.id == Message.sender_id)
        .outerjoin(Medium, Medium.id == Message.media_id)
        .outerjoin(_Replied, sa.and_(_Replied.id == Message.reply_to_id, readable(viewer, _Replied)))
        .outerjoin(_Author, _Author.id == _Replied.sender_id)
        .where(is_open(), readable(viewer))
    )


_ASKED = _statement(ASKED.c.viewer_id, sa.join(ASKED, Message, ASKED.c.subject_id == Message.id))
_LIST = _statement(VIEWER).where(Message.conversation_id == _conversation).limit(sa.bindparam("rows"))
_NEWEST = _LIST.order_by(Message.seq.desc())
_BEFORE = _NEWEST.where(Message.seq < sa.bindparam("seq"))
_AFTER = _LIST.order_by(Message.seq).where(Message.seq > sa.bindparam("seq"))
_FOUND = _BEFORE.where(
    Message.deleted_at.is_(None),
    Message.body.ilike(sa.all_(sa.bindparam("patterns", type_=sa.ARRAY(sa.Text())))),
)
_IS_OPEN = (
    sa.select(Conversation.type)
    .join(Mine, sa.and_(Mine.conversation_id == Conversation.id, Mine.member_id == VIEWER))
    .where(Conversation.id == _conversation, is_open())
)
# Who has read how far, in a conversation small enough to tell: nobody who has not agreed to be in it, and
# nobody whom the viewer may not meet. That somebody left a direct one is not told.
_MARKS = (
    sa.select(
        ConversationMember.member_id,
        ConversationMember.last_read_seq,
        ConversationMember.last_read_at,
        ConversationMember.from_seq,
        meets(VIEWER).label("is_met"),
        sa.func.coalesce(ConversationMember.request, "accepted").label("request"),
    )
    .join(Account, Account.id == ConversationMember.member_id)
    .join(Conversation, Conversation.id == ConversationMember.conversation_id)
    .where(
        Conversation.id == _conversation,
        sa.or_(ConversationMember.is_active, Conversation.type == "direct"),
    )
    .order_by(ConversationMember.member_id)
    .limit(LARGEST_WITH_RECEIPTS + 1)
)
_FIRST = 2**63 - 1  # more than any seq


def messages(
    session: Session, conversation_id: UUID, member_id: UUID, page: MessageQuery
) -> Page[MessageOut]:
    """The messages of a conversation, newest first, or those after one, oldest first.

    Raises:
        NotFound: absent, or the member is not in it.
    """
    at = page.after
    statement, seq = _NEWEST, None
    if page.after_seq is not None:
        statement, seq = _AFTER, at.order if at else page.after_seq
    elif at is not None or page.before_seq is not None:
        statement, seq = _BEFORE, at.order if at else page.before_seq
    return _page(
        session, statement, conversation_id, member_id, page, {"seq": seq} if seq is not None else {}
    )


def search(session: Session, conversation_id: UUID, member_id: UUID, page: SearchQuery) -> Page[MessageOut]:
    """The messages of a conversation in which all words occur, newest first.

    Raises:
        NotFound: absent, or the member is not in it.
    """
    at = page.after
    values = {"seq": at.order if at else _FIRST, "patterns": [_pattern(word) for word in page.q.split()]}
    return _page(session, _FOUND, conversation_id, member_id, page, values)


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _page(
    session: Session,
    statement: AnySelect,
    conversation_id: UUID,
    viewer: UUID,
    page: PageQuery,
    values: dict[str, Any],
) -> Page[MessageOut]:
    asked_for = {"viewer": viewer, "conversation": conversation_id}
    if session.scalar(_IS_OPEN, asked_for) is None:
        raise NotFound()
    rows = session.execute(statement, {**asked_for, "rows": page.limit + 1, **values}).all()
    shown = _with_marks(session, conversation_id, viewer, _from_rows(session, rows[: page.limit]))
    return page.page(rows, lambda row: shown[viewer, row.id], lambda row: Position(row.seq, row.id))


def message(session: Session, conversation_id: UUID, message_id: UUID, viewer: UUID) -> MessageOut:
    """One message.

    Raises:
        NotFound: absent, in another conversation, or not for this viewer.
    """
    found = messages_for(session, [(viewer, message_id)])
    if (viewer, message_id) not in found or found[viewer, message_id].conversation_id != conversation_id:
        raise NotFound()
    return _with_marks(session, conversation_id, viewer, found)[viewer, message_id]


def messages_for(session: Session, pairs: Iterable[Pair]) -> dict[Pair, MessageOut]:
    """Messages for those who may read them, by viewer and message, without who has read them.

    Args:
        pairs: viewer and message.
    """
    values = asked(pairs)
    return _from_rows(session, session.execute(_ASKED, values).all()) if values["viewers"] else {}


def _with_marks(
    session: Session, conversation_id: UUID, viewer: UUID, found: dict[Pair, MessageOut]
) -> dict[Pair, MessageOut]:
    """Tell of each message who has read it."""
    marks = session.execute(_MARKS, {"viewer": viewer, "conversation": conversation_id}).all()
    if len(marks) <= LARGEST_WITH_RECEIPTS:
        told = [mark for mark in marks if mark.is_met and mark.request == "accepted"]
        for item in found.values():
            item.read_by = [
                ReadBy(user_id=mark.member_id, read_at=mark.last_read_at)
                for mark in told
                if mark.from_seq < item.seq <= mark.last_read_seq and mark.member_id != item.sender_id
            ]
    return found


def _from_rows(session: Session, rows: Sequence[Any]) -> dict[Pair, MessageOut]:
    """The messages in rows of the statement; one more query when notices among them name somebody."""
    addresses = addresses_of(session)
    people = cards(session, ((row.viewer_id, each) for row in rows for each in _named(row)))
    return {(row.viewer_id, row.id): _message_from(row, people, addresses) for row in rows}


def _named(row: Any) -> list[UUID]:
    """Whom a notice names: who made it happen first."""
    if not row.details:
        return []
    actor = row.details.get("actor")
    members = row.details.get("members", ())[:MOST_NAMED]
    return [UUID(each) for each in (*([actor] if actor else []), *members)]


def _message_from(row: Any, people: dict[Pair, Any], addresses: MediaAddresses) -> MessageOut:
    is_met = row.meets_sender or row.card_is_deleted
    return MessageOut(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        type=row.type,
        sender_id=row.sender_id if is_met else None,
        sender=card_from(row) if is_met else None,
        client_id=row.client_id,
        body=row.body,
        media=_media_from(row, addresses),
        reply_to=_reply_from(row) if row.replied_id else None,
        about=About(kind=row.about_kind, id=row.about_id) if row.about_id else None,
        is_forwarded=row.is_forwarded,
        notice=_notice_from(row, people) if row.details else None,
        reactions=[Reaction(**each) for each in row.reactions or ()],
        read_by=None,
        edited_at=row.edited_at,
        is_deleted=row.deleted_at is not None,
        created_at=row.created_at,
    )


def _media_from(row: Any, addresses: MediaAddresses) -> MediaItem | None:
    if row.medium_id is None:
        return None
    fields = {name: getattr(row, f"medium_{name}") for name in (*_MEDIUM, "name", "size")}
    return medium_from(fields, addresses)


def _reply_from(row: Any) -> Reply:
    return Reply(
        id=row.replied_id,
        seq=row.replied_seq,
        type=row.replied_type,
        sender_id=row.replied_sender_id,
        body=row.replied_body,
        is_deleted=row.replied_is_deleted,
    )


def _notice_from(row: Any, people: dict[Pair, Any]) -> Notice:
    facts = {name: value for name, value in row.details.items() if name not in ("code", "actor", "members")}
    actor, viewer = row.details.get("actor"), row.viewer_id
    concerned = row.details.get("members", ())
    members = [people.get((viewer, UUID(each))) for each in concerned[:MOST_NAMED]]
    return Notice(
        code=row.details.get("code", ""),
        actor=people.get((viewer, UUID(actor))) if actor else None,
        members=[each for each in members if each],
        more=max(0, len(concerned) - MOST_NAMED),
        facts=facts,
    )
