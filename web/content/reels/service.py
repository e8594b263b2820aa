"""Making a video a reel, and noting how it is watched."""

from typing import Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.content.models import Content, ReelFacts
from web.content.policy import visible
from web.content.reactions import Watch
from web.content.viewing import note_view
from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.ids import new_id

# Players stop telling the time a moment before the last picture.
WHOLE: Final = 0.95
# A reel starts again at its end; who left it running for longer than this was not watching.
MOST_ROUNDS: Final = 10

_id = sa.bindparam("id", type_=sa.Uuid())
_REEL = (
    sa.select(Content.author_id, ReelFacts.duration_ms)
    .join(Account, Account.id == Content.author_id)
    .join(ReelFacts, ReelFacts.content_id == Content.id)
    .where(Content.id == _id, visible())
)
_LOCKED = sa.select(ReelFacts.content_id).where(ReelFacts.content_id == _id).with_for_update()
_HAS_COMPLETED = sa.select(
    sa.exists().where(
        Watch.content_id == _id, Watch.member_id == sa.bindparam("member", type_=sa.Uuid()), Watch.completed
    )
)
_COUNT = (
    sa.update(ReelFacts)
    .where(ReelFacts.content_id == _id)
    .values(
        watch_count=ReelFacts.watch_count + 1,
        watched_ms=ReelFacts.watched_ms + sa.bindparam("ms", type_=sa.Integer()),
        completed_count=ReelFacts.completed_count + sa.bindparam("completions", type_=sa.Integer()),
    )
    .execution_options(synchronize_session=False)
)


class VisibleReel(NamedTuple):
    """A reel that the acting member may see."""

    author_id: UUID
    duration_ms: int


def note_reel(session: Session, content_id: UUID, duration_ms: int) -> None:
    """Give a new piece of content what only a reel has.

    Args:
        duration_ms: of its video.
    """
    session.execute(sa.insert(ReelFacts), {"content_id": content_id, "duration_ms": duration_ms})


def visible_reel(session: Session, content_id: UUID, viewer_id: UUID) -> VisibleReel:
    """The reel that a member wants to act on.

    Raises:
        NotFound: no reel, absent, deleted, or not for this member.
    """
    row = session.execute(_REEL, {"id": content_id, "viewer": viewer_id}).one_or_none()
    if row is None:
        raise NotFound()
    return VisibleReel(*row)


class ReelService:
    """How reels are watched. Raises DomainError subclasses; never commits."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def watch(self, member_id: UUID, content_id: UUID, watched_ms: int) -> None:
        """Note that a member has watched a reel for a while; an author's own watching does not count.

        ``completed_count`` counts members, so that nobody makes a reel popular by watching it all day. The
        reel's row is locked first, so that two requests of one member agree on which was the first to its
        end. Lock order: the reel, the content.

        Args:
            watched_ms: more than the reel's length where it went round again.

        Raises:
            NotFound
        """
        reel = visible_reel(self._session, content_id, member_id)
        if member_id == reel.author_id:
            return
        now = self._clock.now()
        watched_ms = min(watched_ms, reel.duration_ms * MOST_ROUNDS)
        completed = 0 < reel.duration_ms * WHOLE <= watched_ms
        self._session.execute(_LOCKED, {"id": content_id})
        about = {"id": content_id, "member": member_id}
        is_first = completed and not self._session.scalar(_HAS_COMPLETED, about)
        self._session.execute(
            sa.insert(Watch),
            {
                "id": new_id(),
                "content_id": content_id,
                "member_id": member_id,
                "watched_ms": watched_ms,
                "completed": completed,
                "watched_at": now,
            },
        )
        self._session.execute(_COUNT, {"id": content_id, "ms": watched_ms, "completions": int(is_first)})
        note_view(self._session, content_id, member_id, now.date(), now)
