"""The extract: one snapshot, no event lost or doubled, nobody recognisable in the lake."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from pipelines.nightly.errors import NightError
from pipelines.nightly.plan import DayRange, NightConfig
from pipelines.nightly.postgres import read_moment, snapshot
from pipelines.nightly.runs import NightReport
from tests.eventually import eventually
from tests.pipelines.nightly.conftest import Rows, step_rows
from tests.pipelines.nightly.town import Town, at

Extract = Callable[..., NightReport]
LakeRows = Callable[[str], Rows]


def test_tables_queries_and_transaction_ids_are_of_one_snapshot(config: NightConfig, town: Town) -> None:
    with snapshot(config.database_url, spill=config.scratch) as duck:
        before = read_moment(duck)
        town.member("late", created_at=at("2026-03-01"))
        scanned = duck.execute("SELECT count(*) FROM pg.public.accounts").fetchone()
        queried = duck.execute(
            "SELECT * FROM postgres_query('pg', 'SELECT count(*) FROM accounts')"
        ).fetchone()
        assert (scanned, queried) == ((0,), (0,))
        assert read_moment(duck) == before

    def moved_on() -> bool:
        with snapshot(config.database_url, spill=config.scratch) as duck:
            assert duck.execute("SELECT count(*) FROM pg.public.accounts").fetchone() == (1,)
            return read_moment(duck).xmin > before.xmin

    # The oldest open transaction is the whole server's: another worker's may hold it back for a moment.
    eventually(moved_on)


def test_members_are_pseudonyms_in_the_lake(
    config: NightConfig, town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    mina = town.member("mina", created_at=at("2026-03-01"), zone="Asia/Seoul")
    joon = town.member("joon", created_at=at("2026-03-02"))
    post = town.post(mina, at("2026-03-02 20:00"))
    town.like(joon, post, mina, at("2026-03-03 10:00"))
    town.comment(joon, post, mina, at("2026-03-03 11:00"))
    town.follow(joon, mina, at("2026-03-03 12:00"))
    report = run_extract()

    assert step_rows(report) == {
        "extract events": 4,
        "extract members": 2,
        "extract content": 1,
        "extract likes": 1,
        "extract comments": 1,
        "extract follows": 1,
    }
    keys = dict(town.connection.execute("SELECT member_id, member_key::text FROM member_keys").fetchall())
    liked = next(row for row in lake_rows("events") if row["name"] == "content_liked")
    assert (liked["actor_key"], liked["actor_kind"]) == (keys[joon], "person")
    assert (liked["member_key"], liked["content_id"]) == (keys[mina], str(post))
    followed = next(row for row in lake_rows("events") if row["name"] == "member_followed")
    assert followed["member_key"] == keys[mina]
    posted = next(row for row in lake_rows("events") if row["name"] == "content_posted")
    assert posted["local_day"] == date(2026, 3, 3)  # 05:00 of the next morning in Seoul
    assert posted["occurred_at"] == at("2026-03-02 20:00").replace(tzinfo=None)
    files = list(config.lake.rglob("*.parquet"))
    everything = b"".join(path.read_bytes() for path in files)
    for secret in (str(mina), str(joon), "mina", "joon", "Mina", "words"):
        assert secret.encode() not in everything
    assert {path.parent.name for path in (config.lake / "events").rglob("*.parquet")} == {
        "day=2026-03-02",
        "day=2026-03-03",
    }


def test_of_sealed_messages_and_anonymous_talks_the_lake_has_numbers(
    config: NightConfig, town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    mina, joon = (town.member(name, created_at=at("2026-03-01")) for name in ("mina", "joon"))
    town.seal(mina, joon, at("2026-03-02 10:00"))
    town.event(
        "key_exchange_done", joon, at("2026-03-02 11:00"), member_id=joon, peer_id=mina, exchange_id=uuid4()
    )
    town.talk(61, at("2026-03-02 12:00"))
    town.log_in(mina, at("2026-03-02 13:00"))
    run_extract()
    rows = sorted(lake_rows("events"), key=lambda row: row["occurred_at"])
    assert [(row["name"], row["seconds"]) for row in rows] == [
        ("secret_message_sent", None),
        ("key_exchange_done", None),
        ("match_ended", 61),
        ("member_logged_in", None),
    ]
    for nameless in rows[:3]:
        assert (nameless["actor_key"], nameless["actor_kind"], nameless["member_key"]) == (None, None, None)
    assert rows[3]["actor_key"] is not None


def test_a_transaction_open_during_one_night_is_counted_by_the_next(
    fresh_database: dict[str, str], town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    mina = town.member("mina", created_at=at("2026-03-01"))
    with psycopg.connect(fresh_database["PLAZA_DATABASE_URL"]) as open_connection:
        slow = Town(open_connection)
        late = slow.log_in(mina, at("2026-03-01 10:00"))
        early = town.log_in(mina, at("2026-03-01 11:00"))  # begun later, committed earlier
        run_extract()
        assert {row["event_id"] for row in lake_rows("events")} == {str(early)}
        open_connection.commit()
    report = run_extract()
    assert step_rows(report)["extract events"] == 1
    assert sorted(row["event_id"] for row in lake_rows("events")) == sorted((str(early), str(late)))


def test_events_above_an_open_transaction_are_taken_and_not_doubled(
    fresh_database: dict[str, str], town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    mina = town.member("mina", created_at=at("2026-03-01"))
    with psycopg.connect(fresh_database["PLAZA_DATABASE_URL"]) as open_connection:
        Town(open_connection).log_in(mina, at("2026-03-01 10:00"))
        for hour in range(5):
            town.log_in(mina, at(f"2026-03-01 1{hour}:30"))
        counts = [step_rows(run_extract())["extract events"] for _ in range(3)]
        open_connection.rollback()
    assert counts == [5, 0, 0]
    assert len(lake_rows("events")) == 5


def test_a_night_killed_before_it_noted_how_far_it_got_doubles_nothing(
    owner: psycopg.Connection[Any], town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    mina = town.member("mina", created_at=at("2026-03-01"))
    town.log_in(mina, at("2026-03-01 10:00"))
    run_extract()
    before = owner.execute("SELECT next_xid::text FROM analytics.extract_state").fetchone()
    town.log_in(mina, at("2026-03-01 11:00"))
    run_extract()
    owner.execute("UPDATE analytics.extract_state SET next_xid = %s", before)
    assert step_rows(run_extract())["extract events"] == 0
    assert sorted(row["occurred_at"].hour for row in lake_rows("events")) == [10, 11]


def test_an_old_day_that_gains_an_event_is_rewritten_whole_and_others_are_left(
    config: NightConfig, town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    mina = town.member("mina", created_at=at("2020-01-01"))
    for day in ("2020-01-01", "2020-01-02", "2026-03-01"):
        town.log_in(mina, at(f"{day} 10:00"))
    run_extract()
    untouched = config.lake / "events" / "day=2020-01-02"
    inode = untouched.stat().st_ino
    town.log_in(mina, at("2020-01-01 09:00"))  # an import of old history
    assert step_rows(run_extract())["extract events"] == 1
    days = sorted(str(row["occurred_at"].date()) for row in lake_rows("events"))
    assert days == ["2020-01-01", "2020-01-01", "2020-01-02", "2026-03-01"]
    assert untouched.stat().st_ino == inode


def test_an_erased_member_stays_as_a_pseudonym_that_leads_to_nobody(
    town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    mina = town.member("mina", created_at=at("2026-03-01"), zone="Asia/Seoul")
    town.log_in(mina, at("2026-03-01 10:00"))
    run_extract()
    town.erase(mina)
    town.log_in(mina, at("2026-03-01 11:00"))
    run_extract()
    run_extract()
    (gone,) = lake_rows("members")
    assert (gone["kind"], gone["erased"], gone["zone"], gone["locale"]) == ("person", True, None, None)
    old, new = sorted(lake_rows("events"), key=lambda row: row["occurred_at"])
    assert (old["actor_key"], old["actor_kind"]) == (gone["member_key"], "person")
    assert (new["actor_key"], new["actor_kind"]) == (None, None)


def test_content_that_an_erased_member_left_is_in_no_number(
    town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    mina = town.member("mina", created_at=at("2026-03-01"))
    joon = town.member("joon", created_at=at("2026-03-01"))
    post = town.post(mina, at("2026-03-02 10:00"))
    town.like(joon, post, mina, at("2026-03-02 11:00"))
    run_extract()
    (key,) = (row["author_key"] for row in lake_rows("content"))
    town.erase(mina)
    run_extract()
    assert lake_rows("content") == []
    told = {row["name"]: row for row in lake_rows("events")}
    assert told["content_posted"]["actor_key"] == key  # counted still, and the key of nobody
    assert town.connection.execute("SELECT FROM member_keys WHERE member_key = %s", (key,)).fetchone() is None


def test_a_zone_that_the_engine_does_not_know_is_utc(
    town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    town.member("martian", created_at=at("2026-03-01"), zone="Mars/Olympus")
    run_extract()
    assert [row["zone"] for row in lake_rows("members")] == ["UTC"]


def test_an_account_without_a_pseudonym_stops_the_night(town: Town, run_extract: Extract) -> None:
    town.member("nobody", created_at=at("2026-03-01"), key=False)
    with pytest.raises(NightError, match="1 accounts have no row in member_keys"):
        run_extract()


def test_ids_that_are_no_ids_are_left_out(town: Town, run_extract: Extract, lake_rows: LakeRows) -> None:
    mina = town.member("mina", created_at=at("2026-03-01"))
    town.event("member_followed", mina, at("2026-03-01 10:00"), followed_id="not an id")
    run_extract()
    assert [row["member_key"] for row in lake_rows("events")] == [None]


def test_an_empty_database_gives_tables_without_rows(run_extract: Extract, lake_rows: LakeRows) -> None:
    run_extract()
    for table in ("events", "members", "content", "likes", "comments", "follows"):
        assert lake_rows(table) == []
    assert len(lake_rows("night")) == 1


@pytest.mark.parametrize(
    "restored",
    [
        "UPDATE analytics.extract_state SET origin = 'another/1/5/16384'",
        "UPDATE analytics.extract_state SET next_xid = '9000000000'",
        "UPDATE analytics.extract_state SET lake_id = gen_random_uuid()",
        "DELETE FROM analytics.extract_state",
    ],
    ids=["another server", "ids went backwards", "another lake", "nothing known"],
)
def test_after_a_restore_everything_is_extracted_again(
    restored: str, owner: psycopg.Connection[Any], town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    mina = town.member("mina", created_at=at("2026-03-01"))
    lost = town.log_in(mina, at("2026-03-01 10:00"))
    kept = town.log_in(mina, at("2026-03-02 10:00"))
    run_extract()
    owner.execute("DELETE FROM events WHERE id = %s", (lost,))
    owner.execute(restored)  # of constants above
    assert step_rows(run_extract())["extract events"] == 1
    assert [row["event_id"] for row in lake_rows("events")] == [str(kept)]
    assert step_rows(run_extract())["extract events"] == 0


def test_days_can_be_read_again(
    config: NightConfig, town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    mina = town.member("mina", created_at=at("2026-03-01"))
    for day in (1, 2, 3):
        town.log_in(mina, at(f"2026-03-0{day} 10:00"))
    run_extract()
    for day in (2, 3):
        damaged: Path = config.lake / "events" / f"day=2026-03-0{day}" / "data_0.parquet"
        damaged.unlink()
    report = run_extract(days=DayRange(date(2026, 3, 2), date(2026, 3, 3)))
    assert step_rows(report)["extract events"] == 1
    assert sorted(row["occurred_at"].day for row in lake_rows("events")) == [1, 2]


def test_the_moment_of_the_night_is_the_snapshot_or_the_end_of_the_day(
    town: Town, run_extract: Extract, lake_rows: LakeRows
) -> None:
    now = town.connection.execute("SELECT now()").fetchone()
    assert now is not None
    report = run_extract()
    assert report.data_as_of is not None
    assert report.data_as_of >= now[0]
    assert report.as_of == report.data_as_of.date()
    report = run_extract(as_of=date(2026, 3, 8))
    assert (report.as_of, report.data_as_of) == (date(2026, 3, 8), at("2026-03-09"))
    (night,) = lake_rows("night")
    assert night == {"as_of": date(2026, 3, 8), "cut": at("2026-03-09").replace(tzinfo=None)}
