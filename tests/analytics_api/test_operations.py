"""Health, metrics, documentation, cross-origin reading."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import httpx
import psycopg
import pytest

from analytics_api.settings import Settings
from tests.analytics_api.conftest import PREFIX, Night
from tests.analytics_api.rows import one_of_each

StartApi = Callable[[Settings], httpx.Client]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", f"{PREFIX}/healthz", f"{PREFIX}/readyz"])
def test_it_is_well(api: httpx.Client, path: str) -> None:
    assert (api.get(path).status_code, api.get(path).json()) == (200, {"status": "ok"})


def test_it_is_not_ready_on_a_schema_without_what_it_needs(
    start_api: StartApi, exact_settings: Settings, fresh_database: dict[str, Any]
) -> None:
    with psycopg.connect(fresh_database["PLAZA_PIPELINE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("REVOKE SELECT ON analytics.published FROM plaza_analytics_reader")
        connection.execute("ALTER TABLE analytics.runs RENAME TO walks")
    api = start_api(replace(exact_settings, database_url=fresh_database["PLAZA_READER_DATABASE_URL"]))
    answer = api.get("/readyz")
    assert answer.status_code == 503
    assert "analytics.published" in answer.json()["error"]["message"]
    assert "analytics.runs" in answer.json()["error"]["message"]
    assert api.get("/healthz").status_code == 200


def test_metrics_name_routes_not_addresses(api: httpx.Client, night: Night) -> None:
    night.publish(one_of_each())
    api.get(f"{PREFIX}/trending-posts?limit=3")
    api.get(f"{PREFIX}/streaks/0198c5a0-0000-7000-8000-000000000000")
    api.get("/no/such/address")
    api.request("PROPFIND", "/healthz")
    answer = api.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    labels = set(
        re.findall(r'plaza_request_seconds_count\{method="(\w+)",route="(.*?)",status="(\d+)"', answer.text)
    )
    assert {
        ("GET", f"{PREFIX}/trending-posts", "200"),
        ("GET", f"{PREFIX}/streaks/{{user_id}}", "401"),
        ("GET", "unmatched", "404"),
    } <= labels
    assert not any("no/such" in route or "0198c5a0" in route for _, route, _ in labels)
    assert ("other", "/healthz", "405") in labels
    assert "PROPFIND" not in answer.text
    for name in ("plaza_statement_seconds", "plaza_pool_in_use", "plaza_pool_waiting", "plaza_cache_total"):
        assert name in answer.text


def test_the_document_is_openapi_31_and_tells_the_errors(api: httpx.Client) -> None:
    document = api.get(f"{PREFIX}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, methods in document["paths"].items():
        operation = methods["get"]
        statuses = set(operation["responses"])
        assert {"200", "304", "422", "500", "503"} <= statuses, path
        assert ({"401", "403"} <= statuses) == ("security" in operation), path
        assert operation["x-access"], path
        for status in statuses - {"200", "304"}:
            schema = operation["responses"][status]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorEnvelope"}


class Page(HTMLParser):
    """What a page loads and where it points."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if tag == "a":
            self.links.add(str(given["href"]))
        assert not {"src", "style", "onclick", "onload"} & given.keys()


def test_the_documentation_page_needs_nothing_from_elsewhere(api: httpx.Client) -> None:
    answer = api.get(f"{PREFIX}/docs")
    page = Page(answer.text)
    assert answer.headers["Content-Type"].startswith("text/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert {link[1:] for link in page.links if link.startswith("#")} <= page.ids
    assert {link for link in page.links if not link.startswith("#")} == {f"{PREFIX}/openapi.json"}
    for path in api.get(f"{PREFIX}/openapi.json").json()["paths"]:
        assert path in answer.text


def test_configured_origins_may_read_from_a_browser(api: httpx.Client) -> None:
    known = {"Origin": "https://plaza.example"}
    answer = api.get(f"{PREFIX}/trending-posts", headers=known)
    assert answer.headers["Access-Control-Allow-Origin"] == known["Origin"]
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    preflight = api.options(f"{PREFIX}/daily-users", headers=known | asked)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == known["Origin"]


def test_other_origins_may_not(api: httpx.Client) -> None:
    stranger = {"Origin": "https://elsewhere.example"}
    assert "Access-Control-Allow-Origin" not in api.get(f"{PREFIX}/trending-posts", headers=stranger).headers
    preflight = api.options(
        f"{PREFIX}/daily-users", headers=stranger | {"Access-Control-Request-Method": "GET"}
    )
    assert (preflight.status_code, preflight.json()["error"]["code"]) == (400, "BAD_REQUEST")
    assert "Access-Control-Allow-Origin" not in preflight.headers


def test_answers_carry_security_headers(api: httpx.Client) -> None:
    for path in (f"{PREFIX}/trending-posts", "/nowhere"):
        headers = api.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
