"""Reads about conversations and who is in them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.accounts.schemas import MemberCard
from web.core.db import AnySelect
from web.core.errors import NotFound
from web.core.media_addresses import addresses_of
from web.core.pagination import Page, Position
from web.graph.relations import Member, meets
from web.messaging.models import Conversation, ConversationMember, Message
from web.messaging.queries.messages import messages_for
from web.messaging.queries.sight import ASKED, VIEWER, Mine, Pair, asked, is_open, readable
from web.messaging.queries.unread import is_accepted, is_muted, unread
from web.messaging.schemas import Conversation as ConversationOut
from web.messaging.schemas import ConversationQuery, Participant

# Added to the time of the last activity, in microseconds: what is pinned comes first.
PINNED_FIRST: Final = 1 << 60
FEW: Final = 4  # participants that a conversation shows by itself
FOR_GOOD: Final = 9999  # the year in which what is muted for good would be heard again
IMAGE_VARIANT: Final = "thumb"

_Partner = aliased(ConversationMember, name="partner")
_Other = aliased(ConversationMember, name="other")
_Named = aliased(Account, name="named")
# A conversation without messages is as new as its beginning.
_activity = sa.func.coalesce(Conversation.last_message_at, Conversation.created_at)
_place = sa.cast(sa.extract("epoch", _activity) * 1_000_000, sa.BigInteger) + sa.case(
    (Mine.pinned_at.is_not(None), sa.cast(PINNED_FIRST, sa.BigInteger)), else_=0
)
_is_told = sa.func.coalesce(_Partner.request, "accepted") == "accepted"


# Who left a direct conversation is not told to the other.
_is_in = sa.or_(ConversationMember.is_active, Conversation.type == "direct")
_participant_count = (
    sa.select(sa.func.count())
    .where(ConversationMember.conversation_id == Conversation.id, _is_in)
    .correlate(Conversation)
    .scalar_subquery()
)


def _last_message_id(viewer: Member) -> sa.ScalarSelect[UUID]:
    return (
        sa.select(Message.id)
        .where(Message.conversation_id == Conversation.id, readable(viewer))
        .order_by(Message.seq.desc())
        .limit(1)
        .correlate(Conversation, Mine, ASKED)
        .scalar_subquery()
    )


def _statement(viewer: Member, source: Any = Conversation) -> AnySelect:
    """Everything about the conversations of a viewer, a column or a parameter, that are open to them."""
    return (
        sa.select(
            Conversation.id,
            Conversation.type,
            Conversation.name,
            Conversation.image_id,
            Conversation.last_seq,
            Conversation.last_message_at,
            Conversation.created_at,
            sa.cast(viewer, sa.Uuid()).label("viewer_id"),
            _place.label("place"),
            Mine.role,
            Mine.last_read_seq,
            Mine.request,
            Mine.muted_until,
            is_muted.label("is_muted"),
            Mine.archived_at,
            Mine.pinned_at,
            unread(viewer).label("unread"),
            _participant_count.label("participant_count"),
            _last_message_id(viewer).label("last_message_id"),
            meets(viewer).label("meets_partner"),
            sa.case((_is_told, _Partner.last_read_seq), else_=0).label("partner_read_seq"),
            sa.case((_is_told, _Partner.last_delivered_seq), else_=0).label("partner_delivered_seq"),
            *CARD_COLUMNS,
        )
        .select_from(source)
        .join(Mine, sa.and_(Mine.conversation_id == Conversation.id, Mine.member_id == viewer))
        .outerjoin(
            _Partner,
            sa.and_(
                Conversation.type == "direct",
                _Partner.conversation_id == Conversation.id,
                _Partner.member_id != viewer,
            ),
        )
        .outerjoin(Account, Account.id == _Partner.member_id)
        .where(is_open())
    )


_ASKED = _statement(ASKED.c.viewer_id, sa.join(ASKED, Conversation, ASKED.c.subject_id == Conversation.id))
# Whoever opened a conversation has accepted it; the other is not told of it before something was said.
_is_begun = sa.or_(
    Conversation.type != "direct", Conversation.last_seq > 0, sa.func.coalesce(Mine.request, "") == "accepted"
)
_FOLDERS = {
    "inbox": sa.and_(is_accepted, _is_begun, Mine.archived_at.is_(None)),
    "archived": sa.and_(is_accepted, Mine.archived_at.is_not(None)),
    # Nobody is asked about a stranger who has said nothing yet.
    "requests": sa.and_(
        Mine.request == "pending", sa.or_(Conversation.type == "group", Conversation.last_seq > Mine.from_seq)
    ),
}
_LISTS = {
    folder: _statement(VIEWER)
    .where(Mine.is_active, condition)
    .order_by(_place.desc(), Conversation.id.desc())
    .limit(sa.bindparam("rows"))
    for folder, condition in _FOLDERS.items()
}
_NEXT = {
    folder: statement.where(
        sa.tuple_(_place, Conversation.id)
        < sa.tuple_(
            sa.bindparam("after_place", type_=sa.BigInteger()), sa.bindparam("after_id", type_=sa.Uuid())
        )
    )
    for folder, statement in _LISTS.items()
}


def _others_statement() -> AnySelect:
    """Some of those who are in some conversations with a viewer, as far as the two may meet."""
    few = (
        sa.select(ConversationMember.member_id, ConversationMember.joined_at)
        .join(Conversation, Conversation.id == ConversationMember.conversation_id)
        .where(
            Conversation.id == ASKED.c.subject_id, ConversationMember.member_id != ASKED.c.viewer_id, _is_in
        )
        .order_by(ConversationMember.joined_at, ConversationMember.member_id)
        .limit(2 * FEW)  # some of them may not be met
        .lateral("few")
    )
    return (
        sa.select(ASKED.c.viewer_id, ASKED.c.subject_id.label("conversation_id"), *CARD_COLUMNS)
        .select_from(ASKED)
        .join(few, sa.true())
        .join(Account, Account.id == few.c.member_id)
        .where(meets(ASKED.c.viewer_id))
        .order_by(few.c.joined_at, few.c.member_id)
    )


_OTHERS = _others_statement()
_PARTICIPANTS = (
    sa.select(
        *CARD_COLUMNS,
        ConversationMember.role,
        (ConversationMember.request == "pending").label("is_invited"),
        ConversationMember.joined_at,
        ConversationMember.member_id.label("id"),
    )
    .join(Conversation, Conversation.id == ConversationMember.conversation_id)
    .join(Account, Account.id == ConversationMember.member_id)
    .where(
        Conversation.id == sa.bindparam("conversation", type_=sa.Uuid()),
        _is_in,
        meets(VIEWER),
    )
    .order_by(ConversationMember.role, ConversationMember.joined_at, ConversationMember.member_id)
)


def conversations(session: Session, member_id: UUID, page: ConversationQuery) -> Page[ConversationOut]:
    """A member's conversations: pinned ones, then the others, the liveliest first. Three statements."""
    at = page.after
    statement = _LISTS[page.folder] if at is None else _NEXT[page.folder]
    after = {"after_place": at.order, "after_id": at.id} if at else {}
    if page.q is not None:
        statement = statement.where(_is_called(page.q))
    rows = session.execute(statement, {"viewer": member_id, "rows": page.limit + 1, **after}).all()
    found = _from_rows(session, rows[: page.limit])
    return page.page(rows, lambda row: found[member_id, row.id], lambda row: Position(row.place, row.id))


def _is_called(words: str) -> sa.ColumnElement[bool]:
    """SQL over ``Conversation``: it, or somebody in it whom the viewer may meet, is called so."""
    somebody = (
        sa.exists()
        .where(_Other.conversation_id == Conversation.id, _Other.member_id != VIEWER)
        .where(_Named.id == _Other.member_id, meets(VIEWER, _Named))
        .where(
            sa.or_(
                _Named.nickname.icontains(words, autoescape=True),
                _Named.username.icontains(words, autoescape=True),
            )
        )
    )
    return sa.or_(Conversation.name.icontains(words, autoescape=True), somebody)


def conversation(session: Session, conversation_id: UUID, member_id: UUID) -> ConversationOut:
    """One conversation of a member.

    Raises:
        NotFound: absent, or the member is not in it.
    """
    found = conversations_for(session, [(member_id, conversation_id)])
    if not found:
        raise NotFound()
    return found[member_id, conversation_id]


def conversations_for(session: Session, pairs: Iterable[Pair]) -> dict[Pair, ConversationOut]:
    """Conversations for those who are in them, by member and conversation.

    Args:
        pairs: member and conversation.
    """
    values = asked(pairs)
    return _from_rows(session, session.execute(_ASKED, values).all()) if values["viewers"] else {}


def participants(session: Session, conversation_id: UUID, viewer: UUID) -> list[Participant]:
    """Who is in a conversation, admins first, as far as the viewer may meet them.

    Raises:
        NotFound: absent, or the viewer is not in it.
    """
    values = {"viewer": viewer, "conversation": conversation_id}
    rows: Sequence[Any] = session.execute(_PARTICIPANTS, values).all()
    if viewer not in {row.id for row in rows}:
        raise NotFound()
    return [
        Participant(
            member=card_from(row),
            role=row.role,
            is_invited=bool(row.is_invited),
            joined_at=row.joined_at,
        )
        for row in rows
    ]


def _from_rows(session: Session, rows: Sequence[Any]) -> dict[Pair, ConversationOut]:
    """The conversations in rows of the statement, with who else is in them and what was said last."""
    if not rows:
        return {}
    others: defaultdict[Pair, list[MemberCard]] = defaultdict(list)
    for other in session.execute(_OTHERS, asked((row.viewer_id, row.id) for row in rows)):
        others[other.viewer_id, other.conversation_id].append(card_from(other))
    last = messages_for(
        session, ((row.viewer_id, row.last_message_id) for row in rows if row.last_message_id)
    )
    addresses = addresses_of(session)
    return {
        (row.viewer_id, row.id): ConversationOut(
            id=row.id,
            type=row.type,
            name=row.name,
            image_url=addresses.signed(row.image_id, IMAGE_VARIANT) if row.image_id else None,
            partner=card_from(row) if row.meets_partner or row.card_is_deleted else None,
            partner_read_seq=row.partner_read_seq if row.meets_partner else None,
            partner_delivered_seq=row.partner_delivered_seq if row.meets_partner else None,
            participants=others[row.viewer_id, row.id][:FEW],
            participant_count=row.participant_count,
            role=row.role,
            last_message=last.get((row.viewer_id, row.last_message_id)),
            last_seq=row.last_seq,
            last_read_seq=row.last_read_seq,
            unread=row.unread,
            is_request=row.request == "pending",
            is_muted=row.is_muted,
            muted_until=row.muted_until if row.is_muted and row.muted_until.year < FOR_GOOD else None,
            is_archived=row.archived_at is not None,
            is_pinned=row.pinned_at is not None,
            last_message_at=row.last_message_at,
            created_at=row.created_at,
        )
        for row in rows
    }
