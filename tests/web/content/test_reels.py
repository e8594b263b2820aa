"""Reels: who gets which, in which order, and how they were watched."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_medium, make_person, make_post, make_reel
from tests.web.conftest import Api
from tests.web.together import together
from web.content.models import Content, ReelFacts
from web.content.reactions import Watch
from web.content.reels.service import ReelService
from web.core.app import App
from web.graph.models import Mute

SECONDS = 1000
LENGTH = 10 * SECONDS


def watch(api: Api, who: Person, reel_id: UUID, watched_ms: int = LENGTH) -> None:
    api.post(f"/reels/{reel_id}/watch", {"watched_ms": watched_ms}, who, status=204)


def ids(items: list[Any]) -> list[str]:
    return [item["id"] for item in items]


def facts(engine: sa.Engine, reel_id: UUID) -> tuple[int, int, int, int]:
    """How often a reel was watched, by how many to its end, for how long, and its views."""
    columns = (ReelFacts.watch_count, ReelFacts.completed_count, ReelFacts.watched_ms, Content.view_count)
    statement = sa.select(*columns).join(Content, Content.id == ReelFacts.content_id)
    with engine.connect() as connection:
        row = connection.execute(statement.where(Content.id == reel_id)).one()
    return row[0], row[1], row[2], row[3]


def test_a_reel_is_made_as_a_post_and_knows_how_long_it_is(app: App, api: Api, mina: Person) -> None:
    media_id = make_medium(app, mina, "post", "video", duration_ms=89_000)
    new = {"type": "reel", "body": "a dance", "media": [{"media_id": str(media_id)}]}
    post = api.post("/posts", new, mina)
    [reel] = api.get("/reels")["items"]
    assert (reel["id"], reel["duration_ms"], reel["completed_by_me"]) == (post["id"], 89_000, False)
    assert reel["post"] == api.get(f"/posts/{post['id']}")


def test_reels_come_newest_first_and_nothing_else_does(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    make_post(app, mina)
    reels = [str(make_reel(app, author)) for author in (mina, joon, mina)]
    assert ids(api.every_page("/reels", joon)) == reels[::-1]
    assert ids(api.every_page("/reels")) == reels[::-1]


@pytest.mark.parametrize("sort", ["newest", "completed"])
def test_a_reel_is_for_whom_its_author_chose(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, sort: str
) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    public = str(make_reel(app, mina))
    followers = str(make_reel(app, mina, visibility="followers"))
    private = str(make_reel(app, mina, visibility="private"))
    make_reel(app, mina, deleted_at=app.clock.now())
    make_reel(app, mina, archived_at=app.clock.now())
    hidden_by_moderators = str(make_reel(app, mina, hidden_at=app.clock.now()))
    seen = {
        who.username if who else "visitor": set(ids(api.get(f"/reels?sort={sort}", who)["items"]))
        for who in (mina, joon, sora, None)
    }
    assert seen == {
        "mina": {public, followers, private, hidden_by_moderators},
        "joon": {public, followers},
        "sora": {public},
        "visitor": {public},
    }


@pytest.mark.parametrize("sort", ["newest", "completed"])
def test_muted_and_blocked_members_and_unwanted_words_are_left_out(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine, sort: str
) -> None:
    dan = make_person(app, "dan")
    for author in (mina, joon):
        make_reel(app, author)
    make_reel(app, dan, body="the spoiler of it all")
    shown = make_reel(app, dan, body="a cat")
    api.put(f"/users/{sora.id}/block", mina)
    api.call("PUT", "/settings/blocked-keywords", sora, {"keywords": ["spoiler"]}, status=200)
    mute = {"muter_id": sora.id, "muted_id": joon.id, "created_at": app.clock.now()}
    with owner_engine.begin() as connection:
        connection.execute(sa.insert(Mute), mute)
    assert ids(api.get(f"/reels?sort={sort}", sora)["items"]) == [str(shown)]


def test_what_most_members_watched_to_its_end_comes_first(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    none, two, one = (make_reel(app, mina) for _ in range(3))
    for person in (joon, sora):
        watch(api, person, two)
    watch(api, joon, one)
    for _ in range(3):  # however often
        watch(api, joon, one)
    watch(api, sora, one, LENGTH // 2)
    assert ids(api.every_page("/reels?sort=completed", joon, limit=1)) == [str(two), str(one), str(none)]
    completed = {reel["id"]: reel["completed_by_me"] for reel in api.get("/reels", sora)["items"]}
    assert completed == {str(none): False, str(two): True, str(one): False}


def test_pages_by_completions_never_repeat_a_reel_that_is_watched_meanwhile(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    reels = [make_reel(app, mina) for _ in range(5)]
    for reel_id in reels[:3]:
        watch(api, joon, reel_id)
    seen: list[str] = []
    cursor = ""
    while True:
        page = api.get(f"/reels?sort=completed&limit=2{cursor}", sora)
        seen += ids(page["items"])
        for shown in ids(page["items"]):
            watch(api, sora, UUID(shown))
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(map(str, reels))


def test_old_reels_are_not_among_the_most_completed(app: App, api: Api, mina: Person, joon: Person) -> None:
    old = make_reel(app, mina, created_at=app.clock.now() - timedelta(days=31))
    watch(api, joon, old)
    new = make_reel(app, mina)
    assert ids(api.get("/reels?sort=completed", joon)["items"]) == [str(new)]
    assert ids(api.get("/reels", joon)["items"]) == [str(new), str(old)]


def test_a_cursor_of_one_order_is_none_of_the_other(app: App, api: Api, mina: Person) -> None:
    for _ in range(2):
        make_reel(app, mina)
    cursor = api.get("/reels?limit=1")["next_cursor"]
    error = api.get(f"/reels?limit=1&sort=completed&cursor={cursor}", status=400)["error"]
    assert error["code"] == "INVALID_CURSOR"


def test_a_page_costs_the_same_however_many_reels_it_has(
    app: App, api: Api, mina: Person, joon: Person, statements: Callable[[], list[str]]
) -> None:
    costs = []
    for _ in range(2):
        for _ in range(4):
            make_reel(app, mina)
        before = len(statements())
        api.get("/reels", joon)
        costs.append(len(statements()) - before)
    assert costs[0] >= costs[1]


@pytest.mark.parametrize(
    ("watched_ms", "counted_ms", "completed"),
    [
        (0, 0, False),
        (9_499, 9_499, False),
        (9_500, 9_500, True),
        (25_000, 25_000, True),
        (3_600_000, 100_000, True),  # ten rounds
    ],
)
def test_watching_is_noted(
    app: App,
    api: Api,
    mina: Person,
    joon: Person,
    owner_engine: sa.Engine,
    watched_ms: int,
    counted_ms: int,
    completed: bool,
) -> None:
    reel_id = make_reel(app, mina, LENGTH)
    watch(api, joon, reel_id, watched_ms)
    assert facts(owner_engine, reel_id) == (1, int(completed), counted_ms, 1)


def test_an_authors_own_watching_does_not_count(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    reel_id = make_reel(app, mina)
    watch(api, mina, reel_id)
    assert facts(owner_engine, reel_id) == (0, 0, 0, 0)


@pytest.mark.parametrize("body", [{}, {"watched_ms": -1}, {"watched_ms": 86_400_001}, {"watched_ms": "long"}])
def test_what_is_no_time_is_refused(app: App, api: Api, mina: Person, joon: Person, body: Any) -> None:
    reel_id = make_reel(app, mina)
    api.post(f"/reels/{reel_id}/watch", body, joon, status=422)


def test_what_is_no_reel_or_out_of_sight_cannot_be_watched(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    hidden = make_reel(app, mina, visibility="private")
    for reel_id in (uuid4(), make_post(app, mina), hidden):
        api.post(f"/reels/{reel_id}/watch", {"watched_ms": 1}, joon, status=404)
        api.get(f"/reels/{reel_id}/analytics", joon, status=404)


def test_watching_at_once_is_all_counted_and_completed_once_by_each(
    app: App, mina: Person, owner_engine: sa.Engine
) -> None:
    reel_id = make_reel(app, mina)
    people = [make_person(app, f"member{number}") for number in range(4)]

    def watch_through(person: Person) -> None:
        for _ in range(3):
            with app.work() as services:
                services[ReelService].watch(person.id, reel_id, LENGTH)

    together([partial(watch_through, person) for person in people * 2])
    assert facts(owner_engine, reel_id) == (24, 4, 24 * LENGTH, 4)


def test_the_author_reads_how_a_reel_was_watched(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    reel_id = make_reel(app, mina)
    watch(api, joon, reel_id, LENGTH)
    watch(api, joon, reel_id, LENGTH // 2)
    watch(api, sora, reel_id, LENGTH // 4)
    api.put(f"/posts/{reel_id}/like", sora)
    analytics = api.get(f"/reels/{reel_id}/analytics", mina)
    created_at = api.get(f"/posts/{reel_id}", mina)["created_at"]
    assert analytics == {
        "post_id": str(reel_id),
        "duration_ms": LENGTH,
        "views": 2,
        "watches": 3,
        "viewers": 2,
        "watched_ms": 17_500,
        "mean_watched_ms": 5_833,
        "completions": 1,
        "completion_rate": pytest.approx(1 / 3),
        "likes": 1,
        "comments": 0,
        "saves": 0,
        "shares": 0,
        "created_at": created_at,
    }
    assert api.get(f"/reels/{reel_id}/analytics", joon, status=403)["error"]["code"] == "NOT_OWNER"


def test_a_reel_that_nobody_watched_has_no_rate_to_divide(app: App, api: Api, mina: Person) -> None:
    analytics = api.get(f"/reels/{make_reel(app, mina)}/analytics", mina)
    assert (analytics["mean_watched_ms"], analytics["completion_rate"]) == (0, 0.0)


def test_counters_are_the_sums_of_what_was_watched(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    reel_id = make_reel(app, mina)
    for person, part in ((joon, 1.0), (sora, 0.3), (sora, 1.0), (joon, 1.0)):
        watch(api, person, reel_id, int(LENGTH * part))
    recount = sa.select(
        sa.func.count(),
        sa.func.count(Watch.member_id.distinct()).filter(Watch.completed),
        sa.func.sum(Watch.watched_ms),
    )
    with owner_engine.connect() as connection:
        assert tuple(connection.execute(recount).one()) == facts(owner_engine, reel_id)[:3] == (4, 2, 33_000)
