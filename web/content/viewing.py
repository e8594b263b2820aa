"""Noting at once that a member saw something, where waiting for the next batch would be too late."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.content.models import Content
from web.content.reactions import View

_NOTE = insert(View).on_conflict_do_nothing().returning(View.content_id)
_ONE_MORE = (
    sa.update(Content)
    .where(Content.id == sa.bindparam("content", type_=sa.Uuid()))
    .values(view_count=Content.view_count + 1)
    .execution_options(synchronize_session=False)
)


def note_view(session: Session, content_id: UUID, viewer_id: UUID, day: date, viewed_at: datetime) -> bool:
    """Note that a member saw a piece of content on a day; only the first time on that day counts.

    Locks the content's row, so it comes last in a transaction.

    Returns:
        Whether it was the first time.
    """
    row = {"content_id": content_id, "viewer_id": viewer_id, "day": day, "viewed_at": viewed_at}
    if session.scalar(_NOTE, row) is None:
        return False
    session.execute(_ONE_MORE, {"content": content_id})
    return True
