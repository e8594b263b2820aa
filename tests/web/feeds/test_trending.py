"""What is trending: by the one formula, of what everybody may see, in sets that can be made anew."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import empty_valkey
from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.feeds.test_ranked import tag
from web.content.models import Content
from web.core.app import App
from web.core.clock import FixedClock
from web.core.jobs import JobLog
from web.feeds.ranking import HOT_EPOCH, hot
from web.feeds.trending import PLACES, TrendingService

DBT = Path(__file__).parents[3] / "dbt_project"


def ids(api: Api, who: Person | None = None) -> list[str]:
    return [post["id"] for post in api.get("/trending", who)["posts"]]


def forget(app: App) -> None:
    """Lose the sets, as when Valkey is flushed."""
    empty_valkey(app)


def test_posts_are_ordered_by_who_responded(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    quiet, liked, discussed, self_liked = (str(make_post(app, joon)) for _ in range(4))
    api.put(f"/posts/{liked}/like", mina)
    api.put(f"/posts/{liked}/like", sora)
    api.post(f"/posts/{discussed}/comments", {"body": "1"}, mina)
    api.post(f"/posts/{discussed}/comments", {"body": "2"}, mina)  # once is enough
    api.post(f"/posts/{discussed}/comments", {"body": "3"}, sora)
    for post in (quiet, self_liked):
        api.put(f"/posts/{post}/like", joon)
    assert ids(api) == [discussed, liked, self_liked, quiet]


def test_what_was_taken_back_does_not_count(app: App, api: Api, mina: Person, joon: Person) -> None:
    posts = [str(make_post(app, joon)) for _ in range(2)]
    comment = api.post(f"/posts/{posts[0]}/comments", {"body": "!"}, mina)["id"]
    assert ids(api) == posts
    api.delete(f"/comments/{comment}", mina)
    forget(app)
    assert ids(api) == posts[::-1]


def test_only_the_last_day_counts(app: App, api: Api, joon: Person, owner_engine: sa.Engine) -> None:
    old, new = make_post(app, joon), make_post(app, joon)
    with owner_engine.begin() as connection:
        earlier = sa.update(Content).values(created_at=Content.created_at - timedelta(hours=24, seconds=1))
        connection.execute(earlier.where(Content.id == old))
    assert ids(api) == [str(new)]


def test_only_what_everybody_may_see_is_trending(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    shown = make_post(app, joon)
    hidden = [make_post(app, joon, visibility=each) for each in ("followers", "friends", "private")]
    tag(owner_engine, "open", shown)
    tag(owner_engine, "closed", *hidden)
    assert ids(api, joon) == [str(shown)]
    assert [each["tag"] for each in api.get("/trending?kind=hashtags", joon)["hashtags"]] == ["open"]


def test_what_is_gone_or_blocked_is_left_out_at_once(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    posts = [str(make_post(app, author)) for author in (joon, sora, joon)]
    assert ids(api, mina) == posts[::-1]
    api.delete(f"/posts/{posts[2]}", joon)
    api.put(f"/users/{sora.id}/block", mina)
    assert ids(api, mina) == [posts[0]]
    assert ids(api) == [posts[1], posts[0]]


def test_a_hashtag_is_as_hot_as_all_its_posts_together(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine, clock: FixedClock
) -> None:
    posts = [make_post(app, author) for author in (mina, joon, sora, mina, mina)]
    tag(owner_engine, "三人", *posts[:3])
    tag(owner_engine, "한사람", *posts[3:])
    for person in (joon, sora):
        api.put(f"/posts/{posts[3]}/like", person)
    api.post(f"/posts/{posts[4]}/comments", {"body": "!"}, sora)
    first, second = api.get("/trending?kind=hashtags")["hashtags"]
    assert (first["tag"], first["score"]) == ("한사람", pytest.approx(hot(1 + 2, 1, clock.now())))
    assert (second["tag"], second["score"]) == ("三人", pytest.approx(hot(3, 0, clock.now())))


def test_the_job_makes_the_sets_anew(
    app: App, api: Api, mina: Person, joon: Person, run_jobs: Callable[[], int], clock: FixedClock
) -> None:
    posts = [str(make_post(app, joon)) for _ in range(2)]
    assert ids(api) == sorted(posts, reverse=True)
    made_at = api.get("/trending")["as_of"]
    api.put(f"/posts/{posts[0]}/like", mina)
    api.post(f"/posts/{posts[0]}/comments", {"body": "!"}, mina)
    clock.moment += timedelta(minutes=1)
    assert api.get("/trending")["as_of"] == made_at
    with app.work() as services:
        services[JobLog].add("feeds.rebuild_trending")
    assert run_jobs() >= 1
    assert api.get("/trending")["as_of"] > made_at
    assert ids(api) == posts


def test_the_job_and_a_reader_make_the_same_sets(app: App, api: Api, mina: Person, joon: Person) -> None:
    for number in range(5):
        post = make_post(app, joon)
        if number % 2:
            api.put(f"/posts/{post}/like", mina)
    first = ids(api)
    with app.reading() as services:
        charts = services[TrendingService].rebuild()
    assert ids(api) == first == list(charts.posts)
    stored: Any = app.valkey.client.zrevrange(app.valkey.key("trending", "posts"), 0, PLACES, withscores=True)
    assert {name.decode(): score for name, score in stored} == pytest.approx(charts.posts)


def test_without_valkey_it_is_made_for_who_asks(
    app: App, api: Api, joon: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = make_post(app, joon)
    away = app.valkey.client.__class__.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.1)
    monkeypatch.setattr(app.valkey, "client", away)
    assert ids(api) == [str(post)]


def test_nothing_is_trending_where_nothing_is(api: Api) -> None:
    for kind in ("posts", "hashtags"):
        answer = api.get(f"/trending?kind={kind}")
        assert answer["posts"] == answer["hashtags"] == []
    api.get("/trending?kind=people", status=422)


def test_as_many_are_shown_as_asked_for(app: App, api: Api, joon: Person) -> None:
    posts = [str(make_post(app, joon)) for _ in range(4)]
    assert [post["id"] for post in api.get("/trending?limit=2", joon)["posts"]] == posts[:1:-1]


@pytest.fixture(scope="module")
def mart() -> Callable[..., float]:
    """The macro of the night's mart, run by DuckDB."""
    engine = (DBT / "macros" / "engine.sql").read_text()
    environment = jinja2.Environment(autoescape=False)  # noqa: S701 - makes SQL, no HTML
    epoch: Any = environment.from_string(engine).module
    module: Any = environment.from_string(
        (DBT / "macros" / "formulas.sql").read_text(), globals={"epoch_seconds": epoch.duckdb__epoch_seconds}
    ).module
    sql = "SELECT " + module.hot_score("$likers::BIGINT", "$repliers::BIGINT", "$moment::TIMESTAMP")
    database = duckdb.connect()

    def score(likers: int, repliers: int, moment: Any) -> float:
        values = {"likers": likers, "repliers": repliers, "moment": moment.replace(tzinfo=None)}
        [found] = database.execute(sql, values).fetchall()
        return float(found[0])

    return score


@given(
    likers=st.integers(0, 10**7), repliers=st.integers(0, 10**6), seconds=st.floats(0, 10**9, allow_nan=False)
)
@settings(deadline=None)
def test_the_formula_is_that_of_the_mart(
    mart: Callable[..., float], likers: int, repliers: int, seconds: float
) -> None:
    moment = HOT_EPOCH + timedelta(seconds=seconds)
    assert hot(likers, repliers, moment) == pytest.approx(mart(likers, repliers, moment), abs=1e-6)
