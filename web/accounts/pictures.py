"""The pictures of an account: which media it shows; ``media`` makes and keeps them."""

from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.events import ProfileChanged
from web.accounts.models import Account
from web.accounts.sessions.news import SessionNews
from web.core.events import EventLog

Picture = Literal["profile_image", "cover_image"]
_COLUMNS = {"profile_image": Account.profile_image_id, "cover_image": Account.cover_image_id}


class PictureService:
    """Says what an account shows. Never commits."""

    def __init__(self, session: Session, events: EventLog, session_news: SessionNews) -> None:
        self._session = session
        self._events = events
        self._session_news = session_news

    def show(self, member_id: UUID, picture: Picture, media_id: UUID | None) -> UUID | None:
        """Show a picture, or none.

        Returns:
            The one that was shown before and is no longer.
        """
        column = _COLUMNS[picture]
        locked = sa.select(column).where(Account.id == member_id, Account.erased_at.is_(None))
        row = self._session.execute(locked.with_for_update()).one_or_none()
        if row is None or row[0] == media_id:
            return None
        shown = sa.update(Account).where(Account.id == member_id).values({column: media_id})
        self._session.execute(shown.execution_options(synchronize_session=False))
        self._events.emit(ProfileChanged(member_id=member_id, changed=[picture]))
        self._session_news.changed(member_id)
        before: UUID | None = row[0]
        return before
