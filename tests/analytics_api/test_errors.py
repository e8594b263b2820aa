"""Whatever goes wrong comes in the same envelope."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import psycopg
import pytest

from analytics_api.schemas.errors import ErrorEnvelope
from analytics_api.settings import Settings
from tests.analytics_api.conftest import PREFIX, Night, Tokens, bearer
from tests.analytics_api.rows import one_of_each
from tests.eventually import eventually

TRENDING = f"{PREFIX}/trending-posts"
StartApi = Callable[[Settings], httpx.Client]


def check_envelope(answer: httpx.Response, status: int, code: str) -> None:
    """The answer is an error in the envelope, and nothing that a cache may keep."""
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    envelope = ErrorEnvelope.model_validate(answer.json())
    assert envelope.error.code == code
    assert envelope.request_id == answer.headers["X-Request-Id"]
    assert abs(datetime.now(envelope.timestamp.tzinfo) - envelope.timestamp).total_seconds() < 60


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", PREFIX, f"{PREFIX}/nowhere", f"{PREFIX}/streaks", f"{TRENDING}/x"]
)
def test_there_is_nothing_here(api: httpx.Client, path: str) -> None:
    check_envelope(api.get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", [TRENDING, f"{PREFIX}/freshness", "/healthz", f"{PREFIX}/docs"])
def test_nothing_but_reading_is_taken(api: httpx.Client, path: str, method: str) -> None:
    answer = api.request(method, path)
    check_envelope(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET, HEAD"


def test_head_is_get_without_the_body(api: httpx.Client, night: Night) -> None:
    night.publish(one_of_each())
    whole, head = api.get(TRENDING), api.head(TRENDING)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Content-Length", "Cache-Control"):
        assert head.headers[name] == whole.headers[name]
    assert api.head("/nowhere").status_code == 404


def test_values_that_are_not_valid_are_all_named(api: httpx.Client) -> None:
    answer = api.get(f"{TRENDING}?window=1h&limit=0")
    check_envelope(answer, 422, "VALIDATION_FAILED")
    fields = answer.json()["error"]["details"]["fields"]
    assert [problem["field"] for problem in fields] == ["window", "limit"]
    assert all(problem["message"] for problem in fields)


def test_other_errors_have_no_details(api: httpx.Client) -> None:
    assert api.get("/nowhere").json()["error"]["details"] == {}


def test_a_member_id_that_is_none_is_not_valid(api: httpx.Client, tokens: Tokens) -> None:
    answer = api.get(f"{PREFIX}/streaks/me", headers=bearer(tokens.make("member")))
    check_envelope(answer, 422, "VALIDATION_FAILED")


@pytest.mark.parametrize(
    "route", ["trending-posts", "rankings/creators", "streaks/leaderboard", "freshness", "docs"]
)
def test_a_slash_at_the_end_means_the_same(api: httpx.Client, night: Night, route: str) -> None:
    night.publish(one_of_each())
    plain, slashed = api.get(f"{PREFIX}/{route}"), api.get(f"{PREFIX}/{route}/")
    assert slashed.status_code == 200
    assert (slashed.content, slashed.headers.get("ETag")) == (plain.content, plain.headers.get("ETag"))


def test_a_slash_at_the_end_with_a_query(api: httpx.Client, night: Night) -> None:
    night.publish(one_of_each())
    assert len(api.get(f"{TRENDING}/?limit=1").json()["items"]) == 1
    assert api.get(f"{TRENDING}//").status_code == 404


def test_the_request_id_is_kept_when_it_is_safe_to(api: httpx.Client) -> None:
    assert (
        api.get("/healthz", headers={"X-Request-Id": "abc-123_x.y"}).headers["X-Request-Id"] == "abc-123_x.y"
    )
    for odd in ("", "a b", "x" * 65, "<script>", '"'):
        made = api.get("/healthz", headers={"X-Request-Id": odd}).headers["X-Request-Id"]
        assert made
        assert made != odd


def test_what_nobody_foresaw_is_a_500_in_the_envelope(
    start_api: StartApi, exact_settings: Settings, fresh_database: dict[str, Any]
) -> None:
    with psycopg.connect(fresh_database["PLAZA_PIPELINE_DATABASE_URL"], autocommit=True) as connection:
        night = Night(connection)
        night.publish(one_of_each())
        connection.execute("DROP VIEW analytics.trending_posts")
    api = start_api(replace(exact_settings, database_url=fresh_database["PLAZA_READER_DATABASE_URL"]))
    answer = api.get(TRENDING, headers={"Origin": "https://plaza.example"})
    check_envelope(answer, 500, "INTERNAL")
    assert "trending" not in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "https://plaza.example"
    assert api.get(f"{PREFIX}/rankings/creators").status_code == 200


def test_without_a_database_it_says_so(start_api: StartApi, exact_settings: Settings) -> None:
    nowhere = replace(exact_settings, database_url="postgresql://x@127.0.0.1:1/x", pool_wait=0.2)
    api = start_api(nowhere)
    check_envelope(api.get(TRENDING), 503, "UNAVAILABLE")
    check_envelope(api.get("/readyz"), 503, "UNAVAILABLE")
    assert api.get(TRENDING).headers["Retry-After"]
    assert api.get("/healthz").status_code == 200


def test_a_full_pool_makes_requests_wait_only_so_long(
    start_api: StartApi, exact_settings: Settings, night: Night
) -> None:
    night.publish(one_of_each())
    api = start_api(replace(exact_settings, pool_size=1, pool_wait=0.2))
    answers: list[httpx.Response] = []
    with night.connection.transaction():
        night.connection.execute("LOCK TABLE analytics.trending_posts_batches IN ACCESS EXCLUSIVE MODE")
        slow = threading.Thread(target=lambda: answers.append(api.get(TRENDING, timeout=30)))
        slow.start()
        eventually(lambda: 'plaza_pool_in_use{pool="reader"} 1.0' in api.get("/metrics").text)
        check_envelope(api.get(f"{PREFIX}/rankings/creators"), 503, "UNAVAILABLE")
    slow.join()
    assert [answer.status_code for answer in answers] == [200]


def test_it_recovers_when_the_server_cuts_its_connections(
    start_api: StartApi, exact_settings: Settings, night: Night, urls: dict[str, str]
) -> None:
    night.publish(one_of_each())
    api = start_api(exact_settings)
    assert api.get(TRENDING).status_code == 200
    database = urls["PLAZA_READER_DATABASE_URL"].rpartition("/")[2]
    with psycopg.connect(urls["PLAZA_ADMIN_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'plaza-analytics' AND datname = %s",
            (database,),
        )
    assert api.get(TRENDING).status_code == 200
