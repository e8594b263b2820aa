"""What notifications show of messages: how the last one begins, to whom it was written and nobody else.

It stays in the app: what services of others carry, such as pushes, says only that somebody has written.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.i18n import _
from web.core.media_addresses import addresses_of
from web.messaging.models import Conversation, Message
from web.messaging.queries.conversations import IMAGE_VARIANT
from web.messaging.queries.sight import Mine, is_open, readable
from web.notifications.glimpses import ASKED, Asked, Glimpse, beginning, values

KINDS: Final = {"image": _("A picture"), "video": _("A video"), "audio": _("A sound"), "file": _("A file")}

# What was told of last; one that was taken back since then stands for no other one.
_last = (
    sa.select(Message.type, Message.body, Message.deleted_at)
    .where(
        Message.conversation_id == Conversation.id,
        Message.sender_id == ASKED.c.actor_id,
        Message.created_at <= ASKED.c.moment,
        readable(ASKED.c.reader_id),
    )
    .order_by(Message.created_at.desc(), Message.seq.desc())  # by the index of senders: it is at its place
    .limit(1)
    .correlate(ASKED, Conversation, Mine)
    .lateral("last")
)
_LAST = (
    sa.select(ASKED.c.id, Conversation.image_id, _last.c.type, _last.c.body, _last.c.deleted_at)
    .select_from(ASKED)
    .join(Conversation, Conversation.id == ASKED.c.target_id)
    .join(Mine, sa.and_(Mine.conversation_id == Conversation.id, Mine.member_id == ASKED.c.reader_id))
    .join(_last, sa.true())
    .where(is_open())
)


def last_messages(session: Session, asked: Sequence[Asked]) -> Mapping[UUID, Glimpse]:
    """What was written last when a member was told, for who reads it still."""
    addresses = addresses_of(session)
    return {
        row.id: Glimpse(
            text=beginning(row.body),
            kind="" if row.deleted_at else KINDS.get(row.type, ""),
            image_url=addresses.signed(row.image_id, IMAGE_VARIANT) if row.image_id else None,
        )
        for row in session.execute(_LAST, values(asked))
    }
