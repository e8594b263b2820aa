"""What feeds showed a member: their copy of it, and its end."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.core.signalling import Signals
from web.feeds.models import Impression
from web.feeds.snapshots import Snapshots


class ImpressionRecord(BaseModel):
    """Something that a feed showed the member."""

    feed: str
    item_kind: str
    item_id: UUID
    position: int = Field(description="from 0; in a ranked feed, or on a page of a list by time")
    shown_at: datetime


_items = (
    sa.func.unnest(Impression.item_kinds, Impression.item_ids)
    .table_valued(
        sa.column("kind", sa.Text()), sa.column("id", sa.Uuid()), with_ordinality="place", name="items"
    )
    .render_derived()
)
_IMPRESSIONS = (
    sa.select(
        Impression.feed,
        _items.c.kind.label("item_kind"),
        _items.c.id.label("item_id"),
        (Impression.first_position + _items.c.place - 1).label("position"),
        Impression.shown_at,
    )
    .join(_items, sa.true())
    .where(Impression.member_id == sa.bindparam("member", type_=sa.Uuid()))
    .order_by(Impression.shown_at, Impression.id, _items.c.place)
)


def register(personal_data: PersonalData) -> None:
    """Section and eraser of feeds."""
    personal_data.export(Section("impressions", ("impressions",), ImpressionRecord, impressions))
    personal_data.erase(Eraser("feeds", ("impressions",), erase))


def impressions(services: Services, member_id: UUID) -> Iterator[ImpressionRecord]:
    """What a member was shown, oldest first."""
    return stream(services[Session], ImpressionRecord, _IMPRESSIONS, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Forget what a member was shown."""
    services[Session].execute(sa.delete(Impression).where(Impression.member_id == member_id))
    services[Signals].drop(services[Session], services[Snapshots].names_of([member_id]))
