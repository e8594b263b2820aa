"""What the plumbing's own tables hold about a member: what they did, when they came, what waits for them."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.core.models import EventRow, IdempotencyKey, InboxEntry, InboxHead, Job, Visit
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services

_member = sa.bindparam("member", type_=sa.Uuid())


class ActivityRecord(BaseModel):
    """Something the member did, as it was written down at that moment."""

    id: UUID
    name: str = Field(description="what was done, such as content_liked")
    occurred_at: datetime
    local_day: date | None = Field(description="the day in the member's time zone")
    data: dict[str, Any] = Field(description="ids, numbers and codes of what it concerned")


class VisitRecord(BaseModel):
    """A day on which the member looked at pages."""

    day: date
    device: str = Field(description="mobile, desktop or bot")
    pages: int = Field(description="how many pages were shown")


_ACTIVITY = (
    sa.select(EventRow.id, EventRow.name, EventRow.occurred_at, EventRow.local_day, EventRow.data)
    .where(EventRow.actor_id == _member)
    .order_by(EventRow.occurred_at, EventRow.id)
)
_VISITS = (
    sa.select(Visit.day, Visit.device, Visit.pages)
    .where(Visit.visitor == sa.bindparam("visitor"))
    .order_by(Visit.day, Visit.device)
)


def register(personal_data: PersonalData) -> None:
    """Sections and eraser of the plumbing, which is below every feature."""
    personal_data.export(
        Section("activity", ("events",), ActivityRecord, activity),
        Section("visits", ("visits",), VisitRecord, visits),
    )
    personal_data.keep_out("inbox", "points at events for 30 days; what they told is in other sections")
    personal_data.keep_out("inbox_heads", "a running number")
    personal_data.keep_out("idempotency_keys", "answers that the member got already, kept for a day")
    personal_data.keep_out("jobs", "ids of work that waits; gone when it is done")
    tables = ("inbox", "inbox_heads", "idempotency_keys", "visits", "jobs")
    personal_data.erase(Eraser("core", tables, erase))
    personal_data.keep(
        "events",
        "what happened stays counted: ids, numbers and codes, whose actor leads to an empty account only",
    )


def activity(services: Services, member_id: UUID) -> Iterator[ActivityRecord]:
    """What a member did, oldest first. Reads the whole log, which has no index by actor: copies are rare."""
    return stream(services[Session], ActivityRecord, _ACTIVITY, member=member_id)


def visits(services: Services, member_id: UUID) -> Iterator[VisitRecord]:
    """When a member came, oldest first."""
    return stream(services[Session], VisitRecord, _VISITS, visitor=str(member_id))


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Empty the member's inbox, forget answers and waiting work, and leave their visits without a visitor.

    Visits stay counted, each under a random name of its own, so that they no longer belong together.
    """
    session = services[Session]
    for table in (InboxEntry, InboxHead, IdempotencyKey):
        session.execute(sa.delete(table).where(table.member_id == member_id))
    nobody = sa.func.replace(sa.cast(sa.func.gen_random_uuid(), sa.Text), "-", "")
    session.execute(sa.update(Visit).where(Visit.visitor == str(member_id)).values(visitor=nobody))
    arguments = sa.func.jsonb_each_text(Job.args).table_valued("key", "value")
    about = sa.exists().select_from(arguments).where(arguments.c.value == str(member_id))
    # A job that somebody is running just now is deleted by its runner.
    waiting = sa.select(Job.id).where(about).with_for_update(skip_locked=True, of=Job)
    session.execute(sa.delete(Job).where(Job.id.in_(waiting)))
