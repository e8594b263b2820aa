"""What a member sees in a conversation, as SQL over the tables of the statement that asks.

A conversation is there for who is in it. Who left a direct one still finds it, because the next message
brings them back; who left a group does not. In a group nobody reads what was written by somebody with a block
between them, either way; in a direct conversation history stays, nameless.
"""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.accounts.schemas import MemberCard
from web.graph.relations import Member, blocked_between, meets
from web.messaging.models import Conversation, ConversationMember, Message

Pair = tuple[UUID, UUID]

VIEWER = sa.bindparam("viewer", type_=sa.Uuid())
# The viewer's own place in the conversation.
Mine = aliased(ConversationMember, name="mine")

# Several viewers at once, each with what they ask about.
ASKED = (
    sa.func.unnest(
        sa.bindparam("viewers", type_=ARRAY(sa.Uuid())), sa.bindparam("subjects", type_=ARRAY(sa.Uuid()))
    )
    .table_valued(sa.column("viewer_id", sa.Uuid()), sa.column("subject_id", sa.Uuid()), name="asked")
    .render_derived()
)
_CARDS = (
    sa.select(ASKED.c.viewer_id, *CARD_COLUMNS)
    .join(Account, Account.id == ASKED.c.subject_id)
    .where(meets(ASKED.c.viewer_id))
)


def asked(pairs: Iterable[Pair]) -> dict[str, list[UUID]]:
    """The parameters of ``ASKED``."""
    different = list(set(pairs))
    return {"viewers": [viewer for viewer, _ in different], "subjects": [subject for _, subject in different]}


def is_open() -> sa.ColumnElement[bool]:
    """SQL over ``Conversation`` and ``Mine``: the conversation is there for the viewer."""
    return sa.or_(Mine.is_active, Conversation.type == "direct")


def readable(viewer: Member, message: type[Message] = Message) -> sa.ColumnElement[bool]:
    """SQL over ``Conversation`` and ``Mine``: a message of the conversation is for the viewer to read."""
    return sa.and_(
        message.seq > Mine.from_seq,
        sa.or_(
            Conversation.type != "group",
            message.sender_id.is_(None),
            message.sender_id == viewer,
            sa.not_(blocked_between(viewer, sa.type_coerce(message.sender_id, sa.Uuid()))),
        ),
    )


def cards(session: Session, pairs: Iterable[Pair]) -> dict[Pair, MemberCard]:
    """Cards of members for viewers who may meet them, by viewer and member."""
    values = asked(pairs)
    if not values["viewers"]:
        return {}
    return {(row.viewer_id, row.card_id): card_from(row) for row in session.execute(_CARDS, values)}
