"""Followers who asked for it are told of new posts."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import follow, titles, wish
from tests.web.vanishing import WAYS, vanish
from web.content.telling_followers import WAITS
from web.core.app import App
from web.core.clock import FixedClock


@pytest.fixture
def later(clock: FixedClock, run_jobs: Callable[[], int]) -> Callable[[], None]:
    """Lets what waits a little be done."""

    def run() -> None:
        clock.moment += WAITS
        while run_jobs():
            """Until nothing is due."""

    return run


def test_only_followers_who_asked_are_told(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, later: Callable[[], None]
) -> None:
    for follower in (mina, sora):
        follow(app, follower, joon)
    for person in (mina, joon):
        wish(api, person, types={"member_posted": {"in_app": True}})
    make_post(app, joon)
    make_post(app, sora)
    later()
    assert titles(api, mina) == ["Joon shared something new"]
    assert titles(api, sora) == []
    wish(api, mina, types={"member_posted": {"in_app": False}})
    make_post(app, joon)
    later()
    assert len(titles(api, mina)) == 1


@pytest.mark.parametrize(("visibility", "told"), [("followers", 1), ("friends", 0), ("private", 0)])
def test_of_what_they_do_not_see_they_are_not_told(
    app: App,
    api: Api,
    mina: Person,
    joon: Person,
    later: Callable[[], None],
    visibility: str,
    told: int,
) -> None:
    follow(app, mina, joon)
    wish(api, mina, types={"member_posted": {"in_app": True}})
    make_post(app, joon, visibility=visibility)
    later()
    assert len(titles(api, mina)) == told


def test_what_is_taken_back_at_once_nobody_hears_of(
    app: App, api: Api, mina: Person, joon: Person, later: Callable[[], None]
) -> None:
    follow(app, mina, joon)
    wish(api, mina, types={"member_posted": {"in_app": True}})
    api.delete(f"/posts/{make_post(app, joon)}", joon)
    later()
    assert titles(api, mina) == []


@pytest.mark.parametrize("way", [*WAYS, "muted"])
def test_of_who_is_out_of_sight_nobody_hears(
    app: App,
    api: Api,
    mina: Person,
    joon: Person,
    owner_engine: sa.Engine,
    later: Callable[[], None],
    way: str,
) -> None:
    follow(app, mina, joon)
    wish(api, mina, types={"member_posted": {"in_app": True}})
    make_post(app, joon)
    if way == "muted":
        api.put(f"/users/{joon.id}/mute", mina)
    else:
        vanish(app, owner_engine, joon, mina, way)
    later()
    with owner_engine.connect() as connection:
        assert (
            connection.scalar(sa.text("SELECT count(*) FROM notifications WHERE type = 'member_posted'")) == 0
        )
