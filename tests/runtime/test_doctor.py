"""The doctor in front of a healthy database, and of one with each thing wrong."""

import uuid
from pathlib import Path

import psycopg
import pytest

from tests.servers import TestServers
from web.runtime.bootstrap import with_database
from web.runtime.doctor import Finding, examine
from web.runtime.environment import DATABASE_VARIABLES
from web.runtime.layout import Layout
from web.runtime.ports import pick_free_port


@pytest.fixture
def admin(fresh_database: dict[str, str]) -> str:
    name = fresh_database["PLAZA_DATABASE_URL"].rsplit("/", 1)[1]
    return with_database(fresh_database["PLAZA_ADMIN_DATABASE_URL"], name)


def execute(url: str, statement: str, *values: object) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement, values)


def run_of_the_night(admin: str, status: str, *, ago: str = "1 hour", error: str | None = None) -> None:
    execute(
        admin,
        "INSERT INTO analytics.runs (run_id, as_of, status, started_at, finished_at, data_as_of, error)"
        " VALUES (%s, current_date, %s, now() - %s::interval, now() - %s::interval, now(), %s)",
        *(uuid.uuid4(), status, ago, ago, error),
    )


def job(admin: str, *, due: str, dead: bool = False) -> None:
    execute(
        admin,
        "INSERT INTO jobs (id, queue, kind, args, due_at, dead_at)"
        " VALUES (%s, 'work', 'test', '{}', now() - %s::interval, CASE WHEN %s THEN now() END)",
        *(uuid.uuid4(), due, dead),
    )


def findings(layout: Layout, variables: dict[str, str]) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(layout, variables)}


def test_a_healthy_installation(layout: Layout, fresh_database: dict[str, str], admin: str) -> None:
    run_of_the_night(admin, "published")
    found = findings(layout, fresh_database)
    assert list(found) == ["database", "roles", "migrations", "jobs", "night", "valkey", "disk"]
    assert {name: finding.level for name, finding in found.items() if name != "disk"} == dict.fromkeys(
        ["database", "roles", "migrations", "jobs", "night", "valkey"], "ok"
    )


def test_every_complaint_has_a_remedy(layout: Layout) -> None:
    nowhere = f"127.0.0.1:{pick_free_port()}"
    variables = {
        "PLAZA_DATABASE_URL": f"postgresql://{nowhere}/x",
        "PLAZA_VALKEY_URL": f"redis://{nowhere}/0",
    }
    found = findings(layout, variables)
    assert found["database"].level == found["valkey"].level == "fail"
    assert all(finding.remedy for finding in found.values() if finding.level != "ok")
    assert "roles" not in found, "what needs the database is not asked without it"


def test_nothing_is_set(layout: Layout) -> None:
    found = findings(layout, {})
    assert "PLAZA_DATABASE_URL is not set" in found["database"].message
    assert found["valkey"].level == "fail"


def test_an_empty_database(layout: Layout, servers: TestServers) -> None:
    empty = {name: servers.environment("postgres")[name] for name in DATABASE_VARIABLES}
    found = findings(layout, empty | {"PLAZA_DATABASE_URL": servers.admin_url})
    assert found["migrations"].level == "fail"
    assert "plaza migrate" in found["migrations"].remedy
    assert found["jobs"].remedy == found["night"].remedy == "plaza migrate"


def test_an_old_schema(layout: Layout, fresh_database: dict[str, str], admin: str) -> None:
    execute(admin, "UPDATE alembic_version SET version_num = '0000_before'")
    found = findings(layout, fresh_database)["migrations"]
    assert (found.level, found.remedy) == ("fail", "plaza migrate")
    assert "0000_before" in found.message


def test_a_role_whose_password_is_another(layout: Layout, fresh_database: dict[str, str]) -> None:
    url = fresh_database["PLAZA_READER_DATABASE_URL"]
    wrong = fresh_database | {"PLAZA_READER_DATABASE_URL": url.replace("reader:", "reader:not")}
    found = findings(layout, wrong)["roles"]
    assert (found.level, found.remedy) == ("fail", "plaza bootstrap")
    assert "PLAZA_READER_DATABASE_URL" in found.message


@pytest.mark.parametrize(
    ("due", "dead", "level", "words"),
    [
        ("10 seconds", False, "ok", "none late"),
        ("5 minutes", False, "warn", "1 late, the oldest by 5 min"),
        ("2 hours", False, "fail", "1 late, the oldest by 2 h"),
        ("2 days", True, "warn", "1 dead"),
    ],
)
def test_jobs(
    layout: Layout, fresh_database: dict[str, str], admin: str, due: str, dead: bool, level: str, words: str
) -> None:
    job(admin, due=due, dead=dead)
    found = findings(layout, fresh_database)["jobs"]
    assert found.level == level
    assert words in found.message


def test_before_the_first_night(layout: Layout, fresh_database: dict[str, str]) -> None:
    found = findings(layout, fresh_database)["night"]
    assert (found.level, found.remedy) == ("warn", "plaza nightly")


def test_a_failed_night_says_why_and_what_is_shown(
    layout: Layout, fresh_database: dict[str, str], admin: str
) -> None:
    run_of_the_night(admin, "published", ago="20 hours")
    run_of_the_night(admin, "failed", error="dbt test unique_daily_metrics_day failed\nmore")
    found = findings(layout, fresh_database)["night"]
    assert found.level == "fail"
    assert "dbt test unique_daily_metrics_day failed" in found.message
    assert "shown are the numbers of" in found.message
    assert "more" not in found.message


@pytest.mark.parametrize(
    ("status", "ago", "level", "words"),
    [
        ("running", "1 minute", "warn", "running for the first time"),
        ("running", "30 hours", "fail", "was interrupted"),
        ("published", "30 hours", "warn", "last published 1 d ago"),
    ],
)
def test_a_late_night(
    layout: Layout, fresh_database: dict[str, str], admin: str, status: str, ago: str, level: str, words: str
) -> None:
    run_of_the_night(admin, status, ago=ago)
    found = findings(layout, fresh_database)["night"]
    assert found.level == level
    assert words in found.message


@pytest.mark.parametrize(("free", "level"), [(100e6, "fail"), (1e9, "warn"), (50e9, "ok")])
def test_disk(layout: Layout, monkeypatch: pytest.MonkeyPatch, free: float, level: str) -> None:
    class Usage:
        def __init__(self, folder: Path) -> None:
            assert folder == layout.var
            self.free = free

    monkeypatch.setattr("web.runtime.doctor.shutil.disk_usage", Usage)
    assert findings(layout, {})["disk"].level == level
