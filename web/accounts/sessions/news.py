"""Letting go of what processes have noted of sessions, when a session ends or its account changes."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session as DbSession

from web.accounts.sessions.directory import SessionCache
from web.core.app import App
from web.core.news import News

SESSION, MEMBER = "session", "member"


class SessionNews:
    """Forgets at once in this process, and in all of them when the transaction has committed."""

    def __init__(self, session: DbSession, cache: SessionCache, news: News) -> None:
        self._session = session
        self._cache = cache
        self._news = news

    def ended(self, session_ids: Iterable[UUID]) -> None:
        """Sessions that are live no more."""
        for session_id in session_ids:
            self._cache.forget(session_id)
            self._news.tell(self._session, SESSION, session_id)

    def changed(self, member_id: UUID) -> None:
        """An account of whose sessions something else is true now: its standing, its language."""
        self._cache.forget_member(member_id)
        self._news.tell(self._session, MEMBER, member_id)


def register(app: App, cache: SessionCache) -> None:
    """Listen to what other processes tell."""
    app.news.on(SESSION, lambda what: cache.forget(UUID(what)))
    app.news.on(MEMBER, lambda what: cache.forget_member(UUID(what)))
