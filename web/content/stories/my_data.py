"""The copy of what only stories have; the rest of them is with the posts, and is erased there."""

from collections.abc import Iterator
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.content.models import Content, StoryFacts
from web.core.personal_data import PersonalData, Section, stream
from web.core.services import Services


class StoryRecord(BaseModel):
    """A story of the member that is not cleared away yet."""

    post_id: UUID = Field(description="what else is known of it is under this id in posts")
    duration_ms: int = Field(description="how long it is shown")


_STORIES = (
    sa.select(StoryFacts.content_id.label("post_id"), StoryFacts.duration_ms)
    .join(Content, Content.id == StoryFacts.content_id)
    .where(Content.author_id == sa.bindparam("member", type_=sa.Uuid()))
    .order_by(Content.created_at, Content.id)
)


def register(personal_data: PersonalData) -> None:
    """The section of stories."""
    personal_data.export(Section("stories", ("stories",), StoryRecord, stories))


def stories(services: Services, member_id: UUID) -> Iterator[StoryRecord]:
    """A member's stories, oldest first."""
    return stream(services[Session], StoryRecord, _STORIES, member=member_id)
