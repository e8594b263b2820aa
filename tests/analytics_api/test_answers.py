"""What the routes answer, row by row."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.analytics_api.conftest import PREFIX, Night, Tokens, bearer
from tests.analytics_api.rows import creator, day, streak, talk, trending_post
from web.core.ids import new_id


@pytest.fixture
def dashboard(tokens: Tokens) -> dict[str, str]:
    """The header of a dashboard."""
    return bearer(tokens.make("dashboard", subject="service:dashboard"))


def as_json(row: dict[str, Any], *without: str) -> dict[str, Any]:
    """A mart's row as an answer shows it."""
    shown = {}
    for name, value in row.items():
        if name in without:
            continue
        if isinstance(value, datetime):
            value = value.isoformat().replace("+00:00", "Z")
        shown[name] = value if isinstance(value, int | float | str) else str(value)
    return shown


def test_daily_users_shows_the_days_between_start_and_end(
    api: httpx.Client, night: Night, dashboard: dict[str, str]
) -> None:
    days = [day(number, active_members=number, posts=2 * number) for number in range(5)]
    night.publish({"daily_metrics": days[::-1]})
    answer = api.get(f"{PREFIX}/daily-users?start=2026-01-02&end=2026-01-04", headers=dashboard)
    assert answer.json()["items"] == [
        as_json(row, "active_members_7d", "active_members_30d") for row in days[1:4]
    ]


def test_daily_users_shows_the_last_thirty_days_unless_asked(
    api: httpx.Client, night: Night, dashboard: dict[str, str]
) -> None:
    today = datetime.now(UTC).date()
    days = [day(0) | {"day": today - timedelta(days=age)} for age in range(40)]
    night.publish({"daily_metrics": days})
    items = api.get(f"{PREFIX}/daily-users", headers=dashboard).json()["items"]
    assert [items[0]["day"], items[-1]["day"]] == [str(today - timedelta(days=29)), str(today)]


def test_chat_usage_shows_the_days_between_start_and_end(
    api: httpx.Client, night: Night, dashboard: dict[str, str]
) -> None:
    talks = {"anonymous_talks": 2, "anonymous_talk_seconds": 91, "anonymous_talk_mean_seconds": 45.5}
    night.publish({"chat_usage": [talk(2), talk(1, sealed_messages=7, **talks), talk(0)]})
    answer = api.get(f"{PREFIX}/chat-usage?start=2026-01-02&end=2026-01-03", headers=dashboard)
    middle, last = answer.json()["items"]
    assert middle == as_json(talk(1, sealed_messages=7, **talks))
    assert last["anonymous_talk_mean_seconds"] is None
    assert api.get(f"{PREFIX}/chat-usage?start=never", headers=dashboard).status_code == 422


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start=2026-01-02&end=2026-01-01", "start"),
        ("start=2025-01-01&end=2026-02-05", "start"),
        ("start=yesterday", "start"),
        ("end=1767225600", "end"),
        ("end=2026-02-30", "end"),
    ],
)
def test_daily_users_refuses_periods_that_make_no_sense(
    api: httpx.Client, dashboard: dict[str, str], query: str, field: str
) -> None:
    answer = api.get(f"{PREFIX}/daily-users?{query}", headers=dashboard)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "VALIDATION_FAILED")
    assert [problem["field"] for problem in error["details"]["fields"]] == [field]


def test_daily_users_takes_400_days_and_the_first_day_there_is(
    api: httpx.Client, dashboard: dict[str, str]
) -> None:
    for query in ("start=2025-01-01&end=2026-02-04", "end=0001-01-01"):
        assert api.get(f"{PREFIX}/daily-users?{query}", headers=dashboard).status_code == 200


def test_trending_posts_shows_the_window_by_rank(api: httpx.Client, night: Night) -> None:
    posts = [trending_post(rank) for rank in (3, 1, 2)]
    week = trending_post(1, "7d")
    night.publish({"trending_posts": [*posts, week]})
    first, second, third = (as_json(row, "window_name") for row in (posts[1], posts[2], posts[0]))
    assert api.get(f"{PREFIX}/trending-posts").json()["items"] == [first, second, third]
    assert api.get(f"{PREFIX}/trending-posts?limit=2").json()["items"] == [first, second]
    answer = api.get(f"{PREFIX}/trending-posts?window=7d").json()
    assert (answer["window"], answer["items"]) == ("7d", [as_json(week, "window_name")])


@pytest.mark.parametrize("query", ["window=1h", "limit=0", "limit=101", "limit=many"])
def test_trending_posts_refuses_what_it_does_not_have(api: httpx.Client, query: str) -> None:
    answer = api.get(f"{PREFIX}/trending-posts?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["fields"][0]["field"] == query.split("=")[0]


@pytest.mark.parametrize("period", ["day", "week", "month", "all"])
def test_creator_ranking_shows_the_period_by_rank(api: httpx.Client, night: Night, period: str) -> None:
    ranks = [creator(rank, of) for of in ("day", "week", "month", "all") for rank in (2, 1)]
    night.publish({"creator_rankings": ranks})
    answer = api.get(f"{PREFIX}/rankings/creators?period={period}").json()
    expected = sorted((row for row in ranks if row["period"] == period), key=lambda row: row["rank"])
    assert answer["period"] == period
    assert answer["items"] == [as_json(row, "period") for row in expected]


def test_leaderboard_shows_running_streaks_longest_first(api: httpx.Client, night: Night) -> None:
    streaks = [streak(2), streak(5, longest=6), streak(5, longest=8), streak(0, longest=30)]
    night.publish({"activity_streaks": streaks})
    answer = api.get(f"{PREFIX}/streaks/leaderboard?limit=2").json()
    assert answer["items"] == [as_json(streaks[2]), as_json(streaks[1])]


def test_a_member_sees_their_own_streak(api: httpx.Client, night: Night, tokens: Tokens) -> None:
    mine = streak(4)
    night.publish({"activity_streaks": [streak(7), mine]})
    member_id = str(mine["member_id"])
    answer = api.get(f"{PREFIX}/streaks/{member_id}", headers=bearer(tokens.make("page", subject=member_id)))
    assert answer.json() | as_json(mine) == answer.json()


def test_a_member_that_never_was_active_has_a_streak_of_nothing(
    api: httpx.Client, night: Night, tokens: Tokens
) -> None:
    night.publish({"activity_streaks": [streak(7)]})
    member_id = str(new_id())
    answer = api.get(
        f"{PREFIX}/streaks/{member_id}", headers=bearer(tokens.make("member", subject=member_id))
    )
    body = answer.json()
    assert body["member_id"] == member_id
    assert (body["current_streak"], body["longest_streak"], body["active_days"]) == (0, 0, 0)
    assert body["last_active_day"] is None


def test_before_the_first_night_answers_are_empty_and_stale(api: httpx.Client, tokens: Tokens) -> None:
    admin = bearer(tokens.make("member admin"))
    for path in ("daily-users", "chat-usage", "trending-posts", "rankings/creators", "streaks/leaderboard"):
        answer = api.get(f"{PREFIX}/{path}", headers=admin)
        body = answer.json()
        assert (answer.status_code, body["items"]) == (200, [])
        assert (body["run_id"], body["data_as_of"], body["stale"]) == (None, None, True)
    body = api.get(f"{PREFIX}/streaks/{new_id()}", headers=admin).json()
    assert (body["current_streak"], body["run_id"], body["stale"]) == (0, None, True)


def test_an_empty_night_is_not_the_same_as_no_night(api: httpx.Client, night: Night) -> None:
    run_id = night.publish()
    body = api.get(f"{PREFIX}/trending-posts").json()
    assert (body["items"], body["run_id"], body["stale"]) == ([], str(run_id), False)
