"""What operators and other services ask a process."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import webtest

from web.core.app import App
from web.core.health import problems
from web.core.settings import Settings
from web.core.tokens import KeyRing
from web.features import build_app


def test_a_process_is_ready_when_database_schema_and_valkey_are(browser: webtest.TestApp) -> None:
    assert browser.get("/readyz").json == {"status": "ok", "problems": []}
    assert browser.get("/healthz").json == {"status": "ok"}


def test_a_schema_that_is_too_old_is_not_ready(browser: webtest.TestApp, owner_engine: sa.Engine) -> None:
    set_revision = sa.text("UPDATE alembic_version SET version_num = :revision")
    with owner_engine.begin() as connection:
        before = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        connection.execute(set_revision, {"revision": "0000"})
    try:
        answer = browser.get("/readyz", status=503).json
    finally:
        with owner_engine.begin() as connection:
            connection.execute(set_revision, {"revision": before})
    assert "plaza migrate" in answer["problems"][0]


def test_each_thing_that_is_away_is_named(settings: Settings, app: App) -> None:
    away = replace(
        settings, database_url="postgresql://x:y@127.0.0.1:1/plaza", valkey_url="redis://127.0.0.1:1/0"
    )
    lonely = build_app(away)
    try:
        assert [problem.split(":")[0] for problem in problems(lonely)] == ["database", "valkey"]
    finally:
        lonely.close()


def test_metrics_tell_requests_queries_and_jobs(browser: webtest.TestApp, app: App) -> None:
    with app.work() as services:
        services[sa.orm.Session].execute(
            sa.text(
                "INSERT INTO jobs (id, queue, kind, args, due_at) "
                "VALUES (gen_random_uuid(), 'default', 'x.y', '{}', now() - interval '1 hour')"
            )
        )
    browser.get("/api/v1/posts?ids=01a1fd28-92eb-773d-a049-93fc0c0595e7")
    browser.get("/healthz")
    text = browser.get("/metrics").text
    assert 'plaza_jobs_waiting{kind="x.y"} 1.0' in text
    assert 'plaza_request_queries_count{route="api:/posts"}' in text
    assert 'plaza_request_seconds_count{method="GET",route="healthz",status="200"}' in text
    oldest = next(line for line in text.splitlines() if line.startswith("plaza_jobs_oldest_seconds{"))
    assert 3590 < float(oldest.split()[-1]) < 3700


def test_the_keys_are_public(browser: webtest.TestApp, app: App) -> None:
    assert browser.get("/.well-known/jwks.json").json == app.keys.public_jwks()


def test_without_a_free_connection_the_answer_is_503_in_bounded_time(
    settings: Settings, app: App, tmp_path: Path
) -> None:
    from web.main import make_wsgi_app

    small = build_app(replace(settings, pool_size=1, pool_timeout=0.05))
    client = webtest.TestApp(make_wsgi_app(small))
    try:
        with small.engines.reads.connect():
            refused = client.get("/api/v1/posts?ids=01a1fd28-92eb-773d-a049-93fc0c0595e7", status=503)
        assert refused.json["error"]["code"] == "UNAVAILABLE"
        assert refused.headers["Retry-After"] == "2"
        client.get("/api/v1/posts?ids=01a1fd28-92eb-773d-a049-93fc0c0595e7", status=200)
    finally:
        small.close()


def test_an_unexpected_error_is_500_in_the_envelope_without_its_text(
    wsgi: Any, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: KeyRing) -> None:
        raise ZeroDivisionError("a secret in a message")

    monkeypatch.setattr(KeyRing, "public_jwks", fail)
    answer = webtest.TestApp(wsgi).get("/.well-known/jwks.json", status=500)
    assert answer.json["error"]["code"] == "INTERNAL"
    assert "secret" not in answer.text
