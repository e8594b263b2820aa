"""Whole nights: one at a time, killed in the middle, stopped by a failing test."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from click.testing import CliRunner

from pipelines.nightly import run
from pipelines.nightly.errors import NightError, NightRunning
from pipelines.nightly.night import NightFailed
from pipelines.nightly.plan import NightConfig
from pipelines.nightly.runs import the_only_night
from tests.eventually import eventually
from tests.pipelines.nightly.conftest import served
from tests.pipelines.nightly.town import Town, at
from web.cli.nightly import nightly
from web.runtime.doctor import _night as doctor_on_the_night

Connection = psycopg.Connection[Any]
MARTS = ("activity_streaks", "chat_usage", "creator_rankings", "daily_metrics", "trending_posts")
STALE = """
    SELECT EXISTS (
        SELECT FROM analytics.runs AS newer, analytics.published JOIN analytics.runs USING (run_id)
        WHERE newer.finished_at > runs.finished_at AND newer.status = 'failed'
    )
"""


@pytest.fixture
def command_environment(
    environment: dict[str, str], fresh_database: dict[str, str], tmp_path: Path
) -> dict[str, str]:
    """What the command needs to run the same night as ``config``."""
    paths = {"PLAZA_VAR": str(tmp_path), "PLAZA_LAKE": str(tmp_path / "lake")}
    return environment | fresh_database | paths


def settle(town: Town) -> UUID:
    """Two members and a day's worth of life; returns the one who posts."""
    now = datetime.now(UTC)
    mina = town.member("mina", created_at=now - timedelta(days=3))
    joon = town.member("joon", created_at=now - timedelta(days=2))
    post = town.post(mina, now - timedelta(hours=5))
    town.like(joon, post, mina, now - timedelta(hours=4))
    town.comment(joon, post, mina, now - timedelta(hours=3))
    town.follow(joon, mina, now - timedelta(hours=2))
    return mina


def test_one_night_runs_at_a_time(config: NightConfig) -> None:
    with the_only_night(config.database_url), pytest.raises(NightRunning):
        run(config)


def test_a_day_that_has_not_begun_is_refused_and_leaves_no_run(
    config: NightConfig, reader: Connection
) -> None:
    with pytest.raises(NightError, match="has not begun"):
        run(config, as_of=datetime.now(UTC).date() + timedelta(days=1))
    assert reader.execute("SELECT count(*) FROM analytics.runs").fetchone() == (0,)


def test_a_story_is_no_post_and_its_likes_are_none_but_who_shares_and_likes_it_is_active(
    config: NightConfig, town: Town, reader: Connection
) -> None:
    now = datetime.now(UTC)
    sora, joon = (town.member(name, created_at=now - timedelta(days=9)) for name in ("sora", "joon"))
    story = town.story(sora, now - timedelta(hours=2))
    town.like_story(joon, story, sora, now - timedelta(hours=1))
    run(config)
    counted = "SELECT sum(posts), sum(likes) FROM analytics.daily_metrics"
    assert reader.execute(counted).fetchone() == (0, 0)
    for mart in ("creator_rankings", "trending_posts"):
        assert served(reader, mart) == []
    active = reader.execute("SELECT active_members_7d FROM analytics.daily_metrics ORDER BY day DESC LIMIT 1")
    assert active.fetchone() == (2,)


def test_the_talking_of_a_day_is_counted_without_a_name(
    config: NightConfig, town: Town, reader: Connection
) -> None:
    now = datetime.now(UTC)
    long_ago = now - timedelta(days=2)
    mina, joon = (town.member(name, created_at=long_ago) for name in ("mina", "joon"))
    for seconds in (30, 61):
        town.talk(seconds, now)
    town.seal(mina, joon, now)
    town.event("room_message_sent", joon, now, sender_id=joon, room_id=uuid4(), message_id=uuid4())
    run(config)
    days = reader.execute(
        "SELECT DISTINCT room_messages, sealed_messages, anonymous_talks, anonymous_talk_seconds,"
        " anonymous_talk_mean_seconds, active_members"
        " FROM analytics.chat_usage JOIN analytics.daily_metrics USING (day)"
    ).fetchall()
    # Whoever talks in a room is active; of the others that is not known.
    assert set(days) == {(1, 1, 2, 91, 45.5, 1), (0, 0, 0, 0, None, 0)}


def test_a_database_that_is_away_is_said_in_one_line(config: NightConfig) -> None:
    away = replace(config, database_url="postgresql://plaza_pipeline:secret@127.0.0.1:1/plaza")
    with pytest.raises(NightError, match="cannot reach the database"):
        run(away)


def test_the_command_shows_the_steps_and_fails_with_a_reason(
    command_environment: dict[str, str], town: Town, reader: Connection
) -> None:
    town.member("nobody", created_at=at("2026-03-01"), key=False)
    result = CliRunner().invoke(nightly, env=command_environment)
    assert result.exit_code == 1
    assert "nothing was published: 1 accounts have no row in member_keys" in result.output
    (row,) = reader.execute("SELECT status, error FROM analytics.runs").fetchall()
    assert row == ("failed", "1 accounts have no row in member_keys; whatever made them must add one")


def test_days_to_read_again_come_in_pairs(command_environment: dict[str, str]) -> None:
    result = CliRunner().invoke(nightly, ["--from", "2026-03-01"], env=command_environment)
    assert (result.exit_code, "go together" in result.output) == (2, True)


def test_a_failing_test_stops_the_publish_and_the_old_numbers_stay(
    config: NightConfig,
    command_environment: dict[str, str],
    town: Town,
    reader: Connection,
    owner: Connection,
    tmp_path: Path,
) -> None:
    mina = settle(town)
    result = CliRunner().invoke(nightly, env=command_environment)
    assert result.exit_code == 0, result.output
    assert "publish daily_metrics" in result.output
    assert "Published" in result.output
    good = {mart: served(reader, mart) for mart in MARTS}
    assert all(good.values())
    assert reader.execute(STALE).fetchone() == (False,)
    assert doctor_on_the_night(owner).level == "ok"

    town.post(mina, datetime.now(UTC) - timedelta(hours=1))
    broken = tmp_path / "dbt_project"
    shutil.copytree(config.dbt_project, broken)
    (broken / "tests" / "nobody_posts.sql").write_text(
        "select * from {{ ref('daily_metrics') }} where posts > 0"
    )
    with pytest.raises(
        NightFailed, match=r"nobody_posts: Got \d results?, configured to fail if != 0"
    ) as failed:
        run(replace(config, dbt_project=broken, scratch=tmp_path / "dbt"))
    assert [step.name for step in failed.value.report.steps if step.error] == ["transform and test"]
    assert {mart: served(reader, mart) for mart in MARTS} == good
    assert reader.execute(STALE).fetchone() == (True,)
    finding = doctor_on_the_night(owner)
    assert finding.level == "fail"
    assert "nobody_posts" in finding.message

    run(config)
    assert reader.execute(STALE).fetchone() == (False,)
    posts = reader.execute("SELECT sum(posts) FROM analytics.daily_metrics").fetchone()
    assert posts == (2,)


@contextmanager
def locked(url: str, statement: str) -> Iterator[None]:
    """Hold a lock that the night has to wait for."""
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())
        yield
        connection.rollback()


def kill_in(step: str, environment: dict[str, str], reader: Connection) -> None:
    """Start a night as its own process and kill it, unannounced, while it is in a step."""
    process = subprocess.Popen(
        [sys.executable, "-m", "web.cli.main", "nightly"],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    query = "SELECT 1 FROM analytics.run_steps WHERE step = %s AND status = 'running'"
    children: list[str] = []
    try:
        eventually(lambda: reader.execute(query, (step,)).fetchone(), seconds=120)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    finally:
        process.kill()
        process.wait()
    eventually(lambda: not any(map(runs_still, children)))  # a dbt without its night ends by itself


def runs_still(pid: str) -> bool:
    """Whether a process exists and is not merely waiting to be counted out."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_night_killed_anywhere_is_made_good_by_the_next_and_readers_notice_nothing(
    config: NightConfig, command_environment: dict[str, str], town: Town, owner: Connection
) -> None:
    mina = settle(town)
    run(config)
    owner_url = command_environment["PLAZA_OWNER_DATABASE_URL"]
    seen: set[Any] = set()
    with looking(command_environment["PLAZA_READER_DATABASE_URL"], seen):
        town.post(mina, datetime.now(UTC) - timedelta(minutes=30))
        with locked(owner_url, "LOCK public.comments IN ACCESS EXCLUSIVE MODE"):
            kill_in("extract comments", command_environment, owner)
        kill_in("transform and test", command_environment, owner)
        with locked(owner_url, "LOCK analytics.daily_metrics_batches IN SHARE UPDATE EXCLUSIVE MODE"):
            kill_in("publish swap", command_environment, owner)
        assert seen == {1}
        report = run(config)
        eventually(lambda: 2 in seen)
    assert seen == {1, 2}
    runs = owner.execute("SELECT status, error FROM analytics.runs ORDER BY started_at").fetchall()
    assert runs == [("published", None), *[("failed", "interrupted")] * 3, ("published", None)]
    steps = owner.execute(
        "SELECT DISTINCT status FROM analytics.run_steps WHERE run_id = %s", (report.run_id,)
    )
    assert steps.fetchall() == [("done",)]
    batches = owner.execute(
        "SELECT count(*) FROM pg_class WHERE relname ~ '^daily_metrics_batch_.{32}$'"
    ).fetchone()
    assert batches == (2,)  # what readers had and what they have; nothing of the killed ones


@contextmanager
def looking(url: str, seen: set[Any]) -> Iterator[None]:
    """A reader that notes the number of posts, or what went wrong, again and again."""
    stop = threading.Event()

    def look() -> None:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                while not stop.wait(0.005):
                    row = connection.execute("SELECT sum(posts)::int FROM analytics.daily_metrics").fetchone()
                    seen.add(row and row[0])
        except Exception as error:
            seen.add(error)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
