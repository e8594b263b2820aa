"""ETags, kept answers, and what a new run does to both."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from analytics_api.settings import Settings
from tests.analytics_api.conftest import PREFIX, Night, Tokens, bearer, statements_run
from tests.analytics_api.rows import one_of_each, trending_post
from tests.eventually import eventually
from web.core.ids import new_id

TRENDING = f"{PREFIX}/trending-posts"
ROUTES = (
    "daily-users?start=2026-01-01&end=2026-01-31",
    "trending-posts",
    "rankings/creators",
    "streaks/leaderboard",
)
SOMEBODY = "0198c5a0-0000-7000-8000-000000000000"
StartApi = Callable[[Settings], httpx.Client]


@pytest.fixture
def as_admin(api: httpx.Client, tokens: Tokens) -> httpx.Client:
    """A client that may read everything; the token is looked at on every request."""
    api.headers["Authorization"] = f"Bearer {tokens.make('member admin')}"
    return api


@pytest.mark.parametrize("route", [*ROUTES, "freshness", f"streaks/{SOMEBODY}"])
def test_an_answer_that_is_held_is_not_sent_again(as_admin: httpx.Client, night: Night, route: str) -> None:
    night.publish(one_of_each())
    first = as_admin.get(f"{PREFIX}/{route}")
    tag = first.headers["ETag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = as_admin.get(f"{PREFIX}/{route}", headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert as_admin.get(f"{PREFIX}/{route}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_etag_names_the_run_and_the_query(api: httpx.Client, night: Night) -> None:
    run_id = night.publish(one_of_each())
    tags = {api.get(f"{TRENDING}{query}").headers["ETag"] for query in ("", "?limit=5", "?window=7d")}
    assert len(tags) == 3
    assert all(str(run_id) in tag for tag in tags)


@pytest.mark.parametrize(
    ("route", "cache_control"),
    [
        ("trending-posts", "public, max-age=60"),
        ("rankings/creators", "public, max-age=60"),
        ("streaks/leaderboard", "public, max-age=60"),
        ("freshness", "public, no-cache"),
        ("daily-users", "private, no-cache"),
        (f"streaks/{SOMEBODY}", "private, no-cache"),
    ],
)
def test_who_may_keep_an_answer(as_admin: httpx.Client, night: Night, route: str, cache_control: str) -> None:
    night.publish(one_of_each())
    answer = as_admin.get(f"{PREFIX}/{route}")
    assert answer.headers["Cache-Control"] == cache_control
    assert ("Authorization" in answer.headers.get("Vary", "")) == cache_control.startswith("private")


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_takes_the_same_statements_however_much_there_is(
    as_admin: httpx.Client, night: Night, route: str
) -> None:
    taken = []
    for rows in (one_of_each(), {"trending_posts": [trending_post(rank) for rank in range(1, 101)]}):
        night.publish(rows)
        before = statements_run(as_admin)
        as_admin.get(f"{PREFIX}/{route}")
        first = statements_run(as_admin)
        as_admin.get(f"{PREFIX}/{route}")
        taken.append((first - before, statements_run(as_admin) - first))
    looks_at_token = 1 if "daily" in route else 0
    # The pointer and the mart; and once the answer is kept, the pointer alone.
    assert taken == [(2 + looks_at_token, 1 + looks_at_token)] * 2


def test_kept_answers_take_no_statement_while_the_pointer_is_trusted(
    start_api: StartApi, exact_settings: Settings, night: Night
) -> None:
    night.publish(one_of_each())
    api = start_api(replace(exact_settings, publication_age=60))
    first = api.get(TRENDING)
    before = statements_run(api)
    assert {api.get(TRENDING).content for _ in range(10)} == {first.content}
    assert statements_run(api) == before
    metrics = api.get("/metrics").text
    assert 'plaza_cache_total{cache="answers",outcome="hit"} 10.0' in metrics
    assert 'plaza_cache_total{cache="answers",outcome="miss"} 1.0' in metrics


def test_a_new_run_replaces_every_answer(api: httpx.Client, night: Night) -> None:
    night.publish({"trending_posts": [trending_post(1)]})
    old = api.get(TRENDING)
    newer = trending_post(1)
    run_id = night.publish({"trending_posts": [newer]})
    new = api.get(TRENDING, headers={"If-None-Match": old.headers["ETag"]})
    assert new.status_code == 200
    assert new.json()["run_id"] == str(run_id)
    assert [item["content_id"] for item in new.json()["items"]] == [str(newer["content_id"])]


def test_a_new_run_is_seen_within_a_second_with_the_usual_settings(
    start_api: StartApi, exact_settings: Settings, night: Night
) -> None:
    api = start_api(replace(exact_settings, publication_age=Settings.publication_age))
    assert api.get(TRENDING).json()["run_id"] is None
    run_id = str(night.publish())
    eventually(lambda: api.get(TRENDING).json()["run_id"] == run_id, seconds=1)


def test_an_old_look_never_mixes_two_runs(
    start_api: StartApi, exact_settings: Settings, night: Night
) -> None:
    night.publish({"trending_posts": [trending_post(1)]})
    api = start_api(replace(exact_settings, publication_age=60))
    api.get(f"{TRENDING}?limit=1")  # the API has looked, and goes on trusting what it saw
    newer = trending_post(1)
    run_id = night.publish({"trending_posts": [newer]})
    answer = api.get(f"{TRENDING}?limit=2")
    assert answer.json()["run_id"] == str(run_id)
    assert answer.json()["items"][0]["content_id"] == str(newer["content_id"])
    assert str(run_id) in answer.headers["ETag"]


def test_kept_answers_are_bounded(start_api: StartApi, exact_settings: Settings, night: Night) -> None:
    night.publish(one_of_each())
    api = start_api(replace(exact_settings, publication_age=60, cached_answers=2))
    for limit in (1, 2, 3, 1):
        api.get(f"{TRENDING}?limit={limit}")
    assert 'plaza_cache_total{cache="answers",outcome="miss"} 4.0' in api.get("/metrics").text


class TestStale:
    """When numbers are called stale, and that saying so changes the validators too."""

    def test_fresh_numbers_are_not(self, api: httpx.Client, night: Night) -> None:
        night.publish()
        assert api.get(TRENDING).json()["stale"] is False

    def test_after_a_failed_run(self, api: httpx.Client, night: Night) -> None:
        run_id = night.publish(one_of_each())
        fresh = api.get(TRENDING)
        night.run("failed")
        late = api.get(TRENDING, headers={"If-None-Match": fresh.headers["ETag"]})
        assert (late.status_code, late.json()["stale"], late.json()["run_id"]) == (200, True, str(run_id))
        assert late.json()["items"] == fresh.json()["items"]

    def test_not_yet_while_a_run_is_under_way(self, api: httpx.Client, night: Night) -> None:
        night.publish()
        night.run("running")
        assert api.get(TRENDING).json()["stale"] is False

    def test_no_longer_after_the_next_good_run(self, api: httpx.Client, night: Night) -> None:
        night.run("failed", started_at=datetime.now(UTC) - timedelta(days=1))
        night.publish()
        assert api.get(TRENDING).json()["stale"] is False

    def test_a_killed_run_that_was_closed_late_does_not_count(self, api: httpx.Client, night: Night) -> None:
        """The next night closes a run that died, so it can finish after the run that came later began."""
        night.publish(started_at=datetime.now(UTC) + timedelta(seconds=1))
        night.run("failed")
        assert api.get(TRENDING).json()["stale"] is False

    @pytest.mark.parametrize(("hours", "stale"), [(35, False), (37, True)])
    def test_after_36_hours_without_a_run(
        self, api: httpx.Client, night: Night, hours: int, stale: bool
    ) -> None:
        night.publish(data_as_of=datetime.now(UTC) - timedelta(hours=hours))
        assert api.get(TRENDING).json()["stale"] is stale


def test_data_as_of_is_in_utc(api: httpx.Client, night: Night) -> None:
    night.publish(data_as_of=datetime.fromisoformat("2026-01-01T09:00:00+09:00"))
    assert api.get(TRENDING).json()["data_as_of"] == "2026-01-01T00:00:00Z"


def test_a_private_answer_is_not_kept_for_others(api: httpx.Client, night: Night, tokens: Tokens) -> None:
    member_id = new_id()
    night.publish(one_of_each(member_id))
    path = f"{PREFIX}/streaks/{member_id}"
    assert api.get(path, headers=bearer(tokens.make("member", subject=str(member_id)))).status_code == 200
    assert api.get(path).status_code == 401
    assert api.get(path, headers=bearer(tokens.make("member"))).status_code == 403
