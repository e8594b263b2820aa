"""What the socket of an author is told about a story."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_story
from web.content.events import StoryLiked
from web.content.models import Content
from web.content.stories.service import StoryService
from web.core.app import App
from web.core.channels import Delivered
from web.core.ids import new_id
from web.graph.models import Mute
from web.graph.service import GraphService


@pytest.fixture
def story_id(app: App, mina: Person, joon: Person) -> UUID:
    """A story of Mina's that Joon likes."""
    story_id = make_story(app, mina, visibility="public")
    with app.work() as services:
        services[StoryService].like(joon.id, story_id)
    return story_id


def frame(app: App, mina: Person, joon: Person, story_id: UUID) -> dict[str, Any] | None:
    """What Mina is told of Joon's like."""
    delivery = app.channels.delivery("story_liked")
    assert delivery is not None
    assert delivery.frame == "story_liked"
    event = StoryLiked(member_id=joon.id, content_id=story_id, author_id=mina.id)
    with app.reading() as services:
        assert delivery.receivers(services, event) == {mina.id}
        item = Delivered(mina.id, new_id(), datetime.now(UTC), event)
        [data] = delivery.render(services, [item])
    return data


def test_the_author_is_told_who_likes_it(app: App, mina: Person, joon: Person, story_id: UUID) -> None:
    told = frame(app, mina, joon, story_id)
    assert told is not None
    assert (told["user_id"], told["user_name"], told["story_id"]) == (joon.id, "Joon", story_id)
    assert told["new_like_count"] == 1


def test_a_like_of_ones_own_is_told_nobody(app: App, mina: Person, story_id: UUID) -> None:
    delivery = app.channels.delivery("story_liked")
    own = StoryLiked(member_id=mina.id, content_id=story_id, author_id=mina.id)
    with app.reading() as services:
        assert delivery is not None
        assert delivery.receivers(services, own) == set()


@pytest.mark.parametrize("why", ["over", "taken back", "blocked", "muted"])
def test_nothing_is_told_of_what_is_over_or_of_whom_the_author_does_not_want_to_see(
    app: App, mina: Person, joon: Person, story_id: UUID, owner_engine: sa.Engine, why: str
) -> None:
    now = datetime.now(UTC)
    with app.work() as services:
        match why:
            case "over":
                services[Session].execute(sa.update(Content).values(expires_at=now))
            case "taken back":
                services[StoryService].delete(mina.id, story_id)
            case "blocked":
                services[GraphService].block(mina.id, joon.id)
            case "muted":
                mute = {"muter_id": mina.id, "muted_id": joon.id, "created_at": now}
                services[Session].execute(sa.insert(Mute), mute)
    assert frame(app, mina, joon, story_id) is None
