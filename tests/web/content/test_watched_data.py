"""What is known of a member's stories and watching: in the copy, and gone after the erasure."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_reel, make_story
from web.content.models import Content, ReelFacts, StoryFacts
from web.content.reactions import View, Watch
from web.content.reels.service import ReelService
from web.content.stories.service import StoryService
from web.core.app import App
from web.media.models import Medium


def copy_of(app: App, who: Person, name: str) -> list[dict[str, Any]]:
    [section] = [section for section in app.personal_data.sections if section.name == name]
    with app.work() as services:
        return [record.model_dump() for record in section.records(services, who.id)]


def erase(app: App, who: Person, *, keeps_content: bool) -> None:
    with app.work() as services:
        for eraser in app.personal_data.erasers:
            eraser.erase(services, who.id, keeps_content)


def watch(app: App, who: Person, reel_id: UUID, watched_ms: int) -> None:
    with app.work() as services:
        services[ReelService].watch(who.id, reel_id, watched_ms)


def rows(engine: sa.Engine, *tables: type[Any]) -> list[int]:
    with engine.connect() as connection:
        counts = (connection.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables)
        return [count or 0 for count in counts]


def test_the_copy_has_ones_own_stories_and_watching(app: App, mina: Person, joon: Person) -> None:
    story_id, reel_id = make_story(app, mina, duration_ms=7000), make_reel(app, mina, 8000)
    watch(app, joon, reel_id, 8000)
    watch(app, joon, reel_id, 10)
    assert copy_of(app, mina, "stories") == [{"post_id": story_id, "duration_ms": 7000}]
    assert copy_of(app, mina, "watches") == copy_of(app, joon, "stories") == []
    watches = copy_of(app, joon, "watches")
    assert [(each["post_id"], each["watched_ms"], each["completed"]) for each in watches] == [
        (reel_id, 8000, True),
        (reel_id, 10, False),
    ]


@pytest.mark.parametrize("keeps_content", [True, False])
def test_erasing_a_viewer_takes_their_watching_off_the_counters(
    app: App, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine, keeps_content: bool
) -> None:
    first, second = make_reel(app, mina, 1000), make_reel(app, mina, 1000)
    for who, reel_id, part in (
        (joon, first, 1000),
        (joon, first, 300),
        (sora, first, 1000),
        (joon, second, 5),
    ):
        watch(app, who, reel_id, part)
    erase(app, joon, keeps_content=keeps_content)
    columns = (ReelFacts.watch_count, ReelFacts.completed_count, ReelFacts.watched_ms)
    with owner_engine.connect() as connection:
        counted = {
            row[0]: tuple(row[1:]) for row in connection.execute(sa.select(ReelFacts.content_id, *columns))
        }
        assert connection.scalars(sa.select(Watch.member_id)).all() == [sora.id]
    assert counted == {first: (1, 1, 1000), second: (0, 0, 0)}


def test_erasing_a_member_takes_the_stories_along_public_ones_too(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    for visibility in ("public", "followers"):
        make_story(app, mina, visibility=visibility)
    reel_id = make_reel(app, mina)
    watch(app, joon, reel_id, 100)
    erase(app, mina, keeps_content=True)
    assert rows(owner_engine, StoryFacts, Medium) == [0, 0]
    assert rows(owner_engine, Content, Watch) == [1, 1]  # the public reel stays
    assert copy_of(app, joon, "watches")


def test_erasing_a_viewer_takes_them_out_of_the_list_of_a_story(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    story_id = make_story(app, mina, visibility="public")
    with app.work() as services:
        services[StoryService].view(joon.id, story_id)
        services[StoryService].like(joon.id, story_id)
    erase(app, joon, keeps_content=False)
    assert rows(owner_engine, View) == [0]
    with owner_engine.connect() as connection:
        counts = connection.execute(sa.select(Content.view_count, Content.like_count)).one()
    assert tuple(counts) == (0, 0)
