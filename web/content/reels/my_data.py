"""What a member watched: their copy of it, and what becomes of it when they are erased."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.content.models import ReelFacts
from web.content.reactions import Watch
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services


class WatchRecord(BaseModel):
    """A reel that the member watched for a while."""

    post_id: UUID
    watched_ms: int
    completed: bool = Field(description="to its end")
    watched_at: datetime


_member = sa.bindparam("member", type_=sa.Uuid())
_WATCHES = (
    sa.select(Watch.content_id.label("post_id"), Watch.watched_ms, Watch.completed, Watch.watched_at)
    .where(Watch.member_id == _member)
    .order_by(Watch.watched_at, Watch.id)
)
_LOCKED = (
    sa.select(ReelFacts.content_id)
    .where(ReelFacts.content_id.in_(sa.select(Watch.content_id).where(Watch.member_id == _member)))
    .order_by(ReelFacts.content_id)
    .with_for_update()
)
_gone = (
    sa.select(
        Watch.content_id,
        sa.func.count().label("watches"),
        sa.func.sum(Watch.watched_ms).label("watched_ms"),
        sa.cast(sa.func.bool_or(Watch.completed), sa.Integer).label("completions"),
    )
    .where(Watch.member_id == _member)
    .group_by(Watch.content_id)
    .subquery("gone")
)
_FEWER = (
    sa.update(ReelFacts)
    .where(ReelFacts.content_id == _gone.c.content_id)
    .values(
        watch_count=ReelFacts.watch_count - _gone.c.watches,
        watched_ms=ReelFacts.watched_ms - _gone.c.watched_ms,
        completed_count=ReelFacts.completed_count - _gone.c.completions,
    )
    .execution_options(synchronize_session=False)
)


def register(personal_data: PersonalData) -> None:
    """Section and eraser of what was watched. Reels themselves are posts."""
    personal_data.export(Section("watches", ("watches",), WatchRecord, watches))
    personal_data.erase(Eraser("reels", ("watches",), erase))


def watches(services: Services, member_id: UUID) -> Iterator[WatchRecord]:
    """What a member watched, oldest first."""
    return stream(services[Session], WatchRecord, _WATCHES, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Forget what a member watched, and take it off the counters. Locks: the reels, by id."""
    session, about = services[Session], {"member": member_id}
    session.execute(_LOCKED, about)
    session.execute(_FEWER, about)
    session.execute(sa.delete(Watch).where(Watch.member_id == member_id))
