"""How old the numbers are, mart by mart."""

from datetime import UTC, datetime, timedelta

import httpx

from tests.analytics_api.conftest import MARTS, PREFIX, Night, statements_run

FRESHNESS = f"{PREFIX}/freshness"


def test_before_the_first_run_nothing_is_fresh(api: httpx.Client) -> None:
    body = api.get(FRESHNESS).json()
    assert [item["mart"] for item in body["items"]] == list(MARTS)
    assert {(item["run_id"], item["stale"]) for item in body["items"]} == {(None, True)}
    assert (body["run_id"], body["data_as_of"], body["stale"], body["latest_run"]) == (None, None, True, None)


def test_after_a_good_night_all_is_fresh(api: httpx.Client, night: Night) -> None:
    run_id = str(night.publish())
    body = api.get(FRESHNESS).json()
    assert {(item["run_id"], item["stale"]) for item in body["items"]} == {(run_id, False)}
    assert (body["run_id"], body["stale"]) == (run_id, False)
    assert (body["latest_run"]["run_id"], body["latest_run"]["status"]) == (run_id, "published")
    assert all(item["as_of"] and item["published_at"] for item in body["items"])


def test_a_failed_night_is_told_without_its_inner_workings(api: httpx.Client, night: Night) -> None:
    good = str(night.publish())
    failed = str(night.run("failed"))
    body = api.get(FRESHNESS).json()
    assert (body["run_id"], body["stale"]) == (good, True)
    assert (body["latest_run"]["run_id"], body["latest_run"]["status"]) == (failed, "failed")
    assert "error" not in body["latest_run"]


def test_the_least_fresh_mart_speaks_for_all(api: httpx.Client, night: Night) -> None:
    older = night.publish(data_as_of=datetime.now(UTC) - timedelta(hours=30))
    night.publish()
    night.connection.execute(
        "UPDATE analytics.published SET run_id = %s WHERE mart = 'trending_posts'", (older,)
    )
    body = api.get(FRESHNESS).json()
    assert (body["run_id"], body["stale"]) == (str(older), True)
    assert [item["mart"] for item in body["items"] if item["stale"]] == ["trending_posts"]
    night.connection.execute("DELETE FROM analytics.published WHERE mart = 'daily_metrics'")
    body = api.get(FRESHNESS).json()
    assert (body["run_id"], body["data_as_of"]) == (None, None)


def test_freshness_takes_one_statement(api: httpx.Client, night: Night) -> None:
    night.publish()
    before = statements_run(api)
    api.get(FRESHNESS)
    assert statements_run(api) == before + 1
