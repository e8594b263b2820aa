"""The publish: readers see whole marts of one run, before, while and after they change."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import duckdb
import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from pipelines.nightly.contracts import Column, Mart, read_contracts
from pipelines.nightly.errors import NightError
from pipelines.nightly.plan import DBT_PROJECT, NightConfig
from pipelines.nightly.publish import KEPT, publish
from pipelines.nightly.runs import NightReport, RunLog, the_only_night
from tests.pipelines.nightly.conftest import served, step_rows
from tests.pipelines.nightly.town import Town, at

MARTS = {mart.name: mart for mart in read_contracts(DBT_PROJECT)}
DAYS = 400

Publish = Callable[..., NightReport]
Connection = psycopg.Connection[Any]


@pytest.fixture
def run_publish(config: NightConfig) -> Publish:
    """Publish a warehouse made by hand: ``members`` in the rankings, ``posts`` on each of 400 days."""

    def run(members: dict[UUID, str], *, posts: int = 0, marts: list[Mart] | None = None) -> NightReport:
        config.warehouse.unlink(missing_ok=True)
        chosen = list(MARTS.values()) if marts is None else marts
        with duckdb.connect(str(config.warehouse)) as warehouse:
            for mart in chosen:
                types = [(column.source, _warehouse_type(column)) for column in mart.columns]
                columns = ", ".join(f'"{name}" {kind}' for name, kind in types)
                warehouse.execute(f"CREATE TABLE {mart.name} ({columns})")
            names = {mart.name for mart in chosen}
            if "daily_metrics" in names:
                warehouse.execute(
                    "INSERT INTO daily_metrics (day, posts)"
                    " SELECT DATE '2025-01-01' + CAST(n AS INTEGER), ? FROM range(?) AS numbers (n)",
                    [posts, DAYS],
                )
            for rank, key in enumerate(members.values(), start=1):
                warehouse.execute(
                    "INSERT INTO creator_rankings (period, rank, member_key) VALUES ('all', ?, ?)",
                    [rank, key],
                )
                warehouse.execute(
                    "INSERT INTO trending_posts"
                    " (window_name, rank, content_id, author_key, score, created_at)"
                    " VALUES ('7d', ?, uuid(), ?, 2.5, '2026-03-01 10:00:00.123456')",
                    [rank, key],
                )
        with the_only_night(config.database_url) as connection:
            log = RunLog(
                connection, as_of=date(2026, 3, 1), days=None, redact=config.redact, on_step=lambda _: None
            )
            publish(config, log, chosen)
            return log.report

    return run


def _warehouse_type(column: Column) -> str:
    return "VARCHAR" if column.postgres_type == "uuid" else column.postgres_type


def keys_of(town: Town) -> dict[UUID, str]:
    return dict(town.connection.execute("SELECT member_id, member_key::text FROM member_keys").fetchall())


def batches(owner: Connection) -> int:
    query = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'analytics.daily_metrics_batches'::regclass"
    row = owner.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def test_pseudonyms_become_the_ids_of_members_who_still_exist(
    town: Town, run_publish: Publish, reader: Connection
) -> None:
    mina = town.member("mina", created_at=at("2026-03-01"))
    gone = town.member("gone", created_at=at("2026-03-01"))
    members = keys_of(town)
    town.erase(gone)
    report = run_publish(members)
    ranked = reader.execute("SELECT period, rank, member_id FROM analytics.creator_rankings").fetchall()
    assert ranked == [("all", [*members].index(mina) + 1, mina)]
    (post,) = reader.execute("SELECT author_id, score, created_at FROM analytics.trending_posts").fetchall()
    assert post == (mina, 2.5, at("2026-03-01 10:00:00.123456"))
    assert step_rows(report)["publish creator_rankings"] == 1
    assert step_rows(report)["publish swap"] == DAYS + 2


def test_before_the_first_night_every_mart_is_there_and_empty(reader: Connection) -> None:
    for mart in MARTS:
        assert served(reader, mart) == []


def test_the_views_have_the_columns_of_the_contracts(reader: Connection) -> None:
    for mart in MARTS.values():
        columns = reader.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
            (f"analytics.{mart.name}",),
        ).fetchall()
        assert columns == [(column.name, column.postgres_type) for column in mart.columns]


# One statement, as the analytics API reads; and two in one transaction that began before.
ISOLATION = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]
LOOK = "SELECT count(*), min(posts), max(posts) FROM analytics.daily_metrics"


@contextmanager
def reading(url: str, isolation: str, seen: list[Any]) -> Iterator[None]:
    """A thread that looks at a mart again and again, and notes each answer or error."""
    stop = threading.Event()

    def look() -> None:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"SET default_transaction_isolation = '{isolation}'")
                while not stop.is_set():
                    with connection.transaction():
                        seen.append(connection.execute(LOOK).fetchone())
                        if isolation != "READ COMMITTED":
                            assert connection.execute(LOOK).fetchone() == seen[-1]
        except Exception as error:
            seen.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("isolation", ISOLATION)
def test_readers_see_no_error_and_whole_marts_while_nights_publish(
    isolation: str, fresh_database: dict[str, str], run_publish: Publish
) -> None:
    run_publish({}, posts=1)
    seen: list[Any] = []
    with reading(fresh_database["PLAZA_READER_DATABASE_URL"], isolation, seen):
        for night in range(2, 7):
            run_publish({}, posts=night)
    assert {*seen} <= {(DAYS, night, night) for night in range(1, 7)}
    assert len({*seen}) > 1


def test_a_transaction_that_began_before_keeps_seeing_what_it_saw(
    fresh_database: dict[str, str], run_publish: Publish
) -> None:
    run_publish({}, posts=1)
    with psycopg.connect(fresh_database["PLAZA_READER_DATABASE_URL"]) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert connection.execute(LOOK).fetchone() == (DAYS, 1, 1)
        run_publish({}, posts=2)
        run_publish({}, posts=3)
        assert connection.execute(LOOK).fetchone() == (DAYS, 1, 1)
        connection.commit()
        assert connection.execute(LOOK).fetchone() == (DAYS, 3, 3)


def age_runs(owner: Connection, span: timedelta) -> None:
    owner.execute("UPDATE analytics.runs SET finished_at = finished_at - %s", (span,))


def test_old_batches_go_when_no_reader_can_be_at_them(run_publish: Publish, owner: Connection) -> None:
    for night in range(3):
        run_publish({}, posts=night)
    assert batches(owner) == 3
    age_runs(owner, KEPT)
    report = run_publish({}, posts=9)
    # The newest of the old ones was replaced only just now.
    assert (batches(owner), step_rows(report)["drop old batches"]) == (2, 2 * len(MARTS))


def test_a_batch_that_is_locked_waits_for_the_next_night(
    fresh_database: dict[str, str], run_publish: Publish, owner: Connection
) -> None:
    for night in range(2):
        run_publish({}, posts=night)
    age_runs(owner, 2 * KEPT)
    with psycopg.connect(fresh_database["PLAZA_READER_DATABASE_URL"]) as idle:
        idle.execute(LOOK)  # and stays in its transaction
        report = run_publish({}, posts=2)
        assert report.error is None
        assert batches(owner) == 3
    run_publish({}, posts=3)
    assert batches(owner) == 3  # of the four, the first is gone


def test_what_a_killed_publish_left_behind_is_dropped(
    config: NightConfig, run_publish: Publish, owner: Connection
) -> None:
    with the_only_night(config.database_url) as connection:
        dead = RunLog(
            connection, as_of=date(2026, 3, 1), days=None, redact=config.redact, on_step=lambda _: None
        )
        orphan = f"analytics.daily_metrics_batch_{dead.run_id.hex}"
        connection.exec_driver_sql(f"CREATE TABLE {orphan} (LIKE analytics.daily_metrics_batches)")
    run_publish({}, posts=1)
    assert owner.execute("SELECT to_regclass(%s)", (orphan,)).fetchone() == (None,)
    status = owner.execute("SELECT status, error FROM analytics.runs WHERE run_id = %s", (dead.run_id,))
    assert status.fetchone() == ("failed", "interrupted")


def test_a_contract_may_gain_columns_at_the_end(run_publish: Publish, reader: Connection) -> None:
    run_publish({}, posts=1)
    old = MARTS["daily_metrics"]
    longer = replace(old, columns=(*old.columns, Column("shares", "shares", "bigint")))
    run_publish({}, posts=2, marts=[longer])
    row = reader.execute("SELECT DISTINCT posts, shares FROM analytics.daily_metrics").fetchall()
    assert row == [(2, None)]


def test_a_new_mart_makes_its_own_table(run_publish: Publish, reader: Connection) -> None:
    column = Column("day", "day", "date")
    run_publish({}, marts=[Mart("retention", (column,), grain=("day",), served_by=())])
    assert reader.execute("SELECT day FROM analytics.retention").fetchall() == []


def test_any_other_change_of_a_contract_needs_a_migration(run_publish: Publish, reader: Connection) -> None:
    run_publish({}, posts=1)
    old = MARTS["daily_metrics"]
    with pytest.raises(NightError, match="needs a migration"):
        run_publish({}, marts=[replace(old, columns=old.columns[:-1])])
    assert reader.execute(LOOK).fetchone() == (DAYS, 1, 1)


def test_rows_that_break_the_grain_are_not_published(
    config: NightConfig, run_publish: Publish, reader: Connection
) -> None:
    run_publish({}, posts=1)
    by_posts = replace(MARTS["daily_metrics"], grain=("posts",))
    with pytest.raises(Exception, match="could not create unique index"):
        run_publish({}, posts=2, marts=[by_posts])
    assert reader.execute(LOOK).fetchone() == (DAYS, 1, 1)


def test_a_night_that_lost_its_lock_publishes_nothing(
    config: NightConfig, run_publish: Publish, reader: Connection, owner: Connection
) -> None:
    run_publish({}, posts=1)
    with the_only_night(config.database_url) as connection:
        log = RunLog(
            connection, as_of=date(2026, 3, 1), days=None, redact=config.redact, on_step=lambda _: None
        )
        pid: int = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        owner.execute("SELECT pg_terminate_backend(%s)", (pid,))
        with pytest.raises(DBAPIError) as lost, log.step("publish swap"):
            log.published(list(MARTS))
        log.failed(lost.value)
        with pytest.raises(PendingRollbackError):  # it does not quietly connect again, without the lock
            log.published(list(MARTS))
    assert reader.execute(LOOK).fetchone() == (DAYS, 1, 1)
    run_publish({}, posts=2)
    errors = owner.execute("SELECT error FROM analytics.runs WHERE run_id = %s", (log.run_id,))
    assert errors.fetchone() == ("interrupted",)


def test_times_are_utc_moments(town: Town, run_publish: Publish, reader: Connection) -> None:
    town.member("mina", created_at=at("2026-03-01"))
    run_publish(keys_of(town))
    reader.execute("SET TimeZone = 'Asia/Seoul'")
    (moment,) = reader.execute("SELECT created_at FROM analytics.trending_posts").fetchone() or (None,)
    assert isinstance(moment, datetime)
    assert moment == at("2026-03-01 10:00:00.123456")
