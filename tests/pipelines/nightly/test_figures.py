"""Marts of real imported communities against figures worked out from the raw files by other code."""

import gzip
import math
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from pipelines.imports.run import import_history
from pipelines.nightly import run
from pipelines.nightly.plan import NightConfig
from tests.datafiles import (
    BITCOIN_OTC,
    COLLEGEMSG,
    FRENCH_META,
    data_file,
    message_figures,
    rating_figures,
    site_figures,
    xml_rows,
)
from tests.pipelines.nightly.conftest import served, step_rows
from tests.pipelines.nightly.town import Town
from tests.servers import TestServers
from web.core.db import sqlalchemy_url

MARTS = ("activity_streaks", "chat_usage", "creator_rankings", "daily_metrics", "trending_posts")


@dataclass
class Imported:
    """A database with the three communities, imported twice, and the night that knows it."""

    urls: dict[str, str]
    config: NightConfig

    def ask(self, query: str, *parameters: object) -> list[Any]:
        """Rows as the analytics API reads them."""
        with psycopg.connect(self.urls["PLAZA_READER_DATABASE_URL"]) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def everything(self) -> dict[str, Any]:
        """All that is served."""
        with psycopg.connect(self.urls["PLAZA_READER_DATABASE_URL"]) as connection:
            return {mart: served(connection, mart) for mart in MARTS}


@pytest.fixture
def imported(
    servers: TestServers,
    make_database: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
    scratch: Path,
) -> Imported:
    """The first night has run."""
    files = {
        "collegemsg": data_file(COLLEGEMSG),
        "ratings-graph": data_file(BITCOIN_OTC),
        "stackexchange": data_file(FRENCH_META),
    }
    urls = servers.environment(make_database())
    var: Path = tmp_path_factory.mktemp("figures")
    engine = sa.create_engine(sqlalchemy_url(urls["PLAZA_DATABASE_URL"]))
    for _ in range(2):
        for name, path in files.items():
            import_history(engine, name, path, rejects=var / "rejects")
    engine.dispose()
    url = urls["PLAZA_PIPELINE_DATABASE_URL"]
    config = NightConfig(url, var / "lake", var / "warehouse.duckdb", scratch)
    run(config)
    return Imported(urls, config)


def every_day_has_its_messages_and_its_senders(imported: Imported) -> None:
    raw = message_figures(data_file(COLLEGEMSG))
    assert (raw.messages, raw.members, len(raw.per_day)) == (59_835, 1_899, 193)  # as published
    busiest = max(raw.per_day, key=lambda day: raw.per_day[day])
    assert (busiest, raw.per_day[busiest]) == (date(2004, 5, 27), (2_678, 386))

    days = imported.ask(
        "SELECT day, messages, active_members FROM analytics.daily_metrics WHERE messages > 0"
    )
    assert {day: (messages, active) for day, messages, active in days} == raw.per_day


def days_are_gapless_from_the_first_event_to_today(imported: Imported) -> None:
    (row,) = imported.ask("SELECT count(*), min(day), max(day) FROM analytics.daily_metrics")
    today = datetime.now(UTC).date()
    assert row == ((today - date(2004, 4, 15)).days + 1, date(2004, 4, 15), today)


def trailing_windows_are_distinct_members(imported: Imported) -> None:
    senders = senders_by_day()
    served_days = imported.ask(
        "SELECT day, active_members_7d, active_members_30d FROM analytics.daily_metrics"
        " WHERE day BETWEEN '2004-04-15' AND '2004-12-31'"
    )

    def distinct(last: date, days: int) -> int:
        return len(set().union(*(senders.get(last - timedelta(days=back), set()) for back in range(days))))

    assert served_days == [(day, distinct(day, 7), distinct(day, 30)) for day, _, _ in served_days]
    assert len(served_days) == 261


def new_members_follows_posts_and_likes_are_those_of_the_files(imported: Imported) -> None:
    messages, ratings = message_figures(data_file(COLLEGEMSG)), rating_figures(data_file(BITCOIN_OTC))
    site = site_figures(data_file(FRENCH_META))
    assert (ratings.members, ratings.edges) == (5_881, 35_592)

    rows = imported.ask("SELECT day, new_members, follows, likes, posts FROM analytics.daily_metrics")
    joined_2004 = Counter(moment.date() for moment in messages.first_seen.values())
    assert {row[0]: row[1] for row in rows if row[1] and row[0].year == 2004} == joined_2004
    (persons,) = imported_persons(imported)
    assert sum(row[1] for row in rows) == persons
    assert {row[0]: row[2] for row in rows if row[2]} == ratings.per_day
    assert {row[0]: row[3] for row in rows if row[3]} == site.likes_per_day
    assert {row[0]: row[4] for row in rows if row[4]} == site.posts_per_day


def creators_of_all_time_have_the_followers_and_likes_of_the_files(imported: Imported) -> None:
    ratings, site = rating_figures(data_file(BITCOIN_OTC)), site_figures(data_file(FRENCH_META))
    rows = imported.ask(
        "SELECT rank, score, likes_received, comments_received, new_followers FROM analytics.creator_rankings"
        " WHERE period = 'all' ORDER BY rank"
    )
    assert Counter(row[4] for row in rows if row[4]) == Counter(ratings.followers.values())
    likes: Counter[str] = Counter()
    for post, count in site.likes.items():
        likes[site.authors[post]] += count
    del likes[""], likes["-1"]  # posts of nobody, and of the site itself
    assert Counter(row[2] for row in rows if row[2]) == Counter(likes.values())
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)
    assert all(score == likes + 2 * comments + 3 * followers for _, score, likes, comments, followers in rows)


def streaks_are_those_of_the_file(imported: Imported) -> None:
    days_of: defaultdict[int, set[date]] = defaultdict(set)
    for day, senders in senders_by_day().items():
        for sender in senders:
            days_of[sender].add(day)
    assert len(days_of) == 1_350  # as published: members who ever sent

    def longest(days: set[date]) -> int:
        return max(length_from(first, days) for first in days if first - timedelta(days=1) not in days)

    raw = Counter((longest(days), len(days), max(days)) for days in days_of.values())
    rows = imported.ask(
        "SELECT longest_streak, active_days, last_active_day, current_streak FROM analytics.activity_streaks"
        " WHERE last_active_day < '2005-01-01'"
    )
    assert Counter(row[:3] for row in rows) == raw
    assert {row[3] for row in rows} == {0}


def a_second_night_changes_nothing_and_late_commits_are_counted_by_the_next(
    imported: Imported,
) -> None:
    before = imported.everything()
    with psycopg.connect(imported.urls["PLAZA_DATABASE_URL"]) as open_connection:
        member = Town(open_connection).member("late", created_at=datetime(2004, 5, 27, 9, tzinfo=UTC))
        Town(open_connection).event("message_sent", member, datetime(2004, 5, 27, 10, tzinfo=UTC))
        report = run(imported.config)
        assert step_rows(report)["extract events"] == 0
        assert imported.everything() == before
        open_connection.commit()
    report = run(imported.config)
    assert step_rows(report)["extract events"] == 1
    (row,) = imported.ask(
        "SELECT messages, active_members, new_members FROM analytics.daily_metrics WHERE day = '2004-05-27'"
    )
    joined = Counter(moment.date() for moment in message_figures(data_file(COLLEGEMSG)).first_seen.values())[
        date(2004, 5, 27)
    ]
    assert row == (2_679, 387, joined + 1)


def a_past_night_ranks_what_was_hot_then(imported: Imported) -> None:
    folder = data_file(FRENCH_META)
    site = site_figures(folder)
    busiest = max(site.posts_per_day, key=lambda day: site.posts_per_day[day])
    run(imported.config, as_of=busiest)
    raw = hot_scores(folder, datetime.combine(busiest + timedelta(days=1), datetime.min.time(), UTC))
    rows = imported.ask(
        "SELECT likers, repliers, score FROM analytics.trending_posts WHERE window_name = '7d' ORDER BY rank"
    )
    assert len(rows) == len(raw) > 20
    assert [row[:2] for row in rows] == [scored[:2] for scored in raw]
    assert [row[2] for row in rows] == pytest.approx([scored[2] for scored in raw])
    (last,) = imported.ask("SELECT max(day) FROM analytics.daily_metrics")
    assert last == (busiest,)


def senders_by_day() -> dict[date, set[int]]:
    """Who sent a message on which UTC day, from the raw lines."""
    senders: defaultdict[date, set[int]] = defaultdict(set)
    with gzip.open(data_file(COLLEGEMSG), "rt") as lines:
        for line in lines:
            sender, _, seconds = map(int, line.split())
            senders[datetime.fromtimestamp(seconds, UTC).date()].add(sender)
    return senders


def length_from(first: date, days: set[date]) -> int:
    """Consecutive days from one on."""
    length = 0
    while first + timedelta(days=length) in days:
        length += 1
    return length


def imported_persons(imported: Imported) -> tuple[int]:
    """Accounts that are persons, from the database."""
    with psycopg.connect(imported.urls["PLAZA_OWNER_DATABASE_URL"]) as connection:
        row = connection.execute("SELECT count(*) FROM accounts WHERE kind = 'person'").fetchone()
    assert row is not None
    return (int(row[0]),)


def hot_scores(folder: Path, cut: datetime) -> list[tuple[int, int, float]]:
    """(likers, repliers, score) of the posts of the 7 days before the cut, from raw rows, hottest first."""

    def moment(row: dict[str, str]) -> datetime:
        return datetime.fromisoformat(row["CreationDate"]).replace(tzinfo=UTC)

    posts = {
        row["Id"]: row
        for row in xml_rows(folder / "Posts.xml.gz")
        if row["PostTypeId"] in ("1", "2") and cut - timedelta(days=7) <= moment(row) < cut
    }
    likers = Counter(
        row["PostId"]
        for row in xml_rows(folder / "Votes.xml.gz")
        if row["VoteTypeId"] == "2" and row["PostId"] in posts and moment(row) < cut
    )
    repliers: defaultdict[str, set[str]] = defaultdict(set)
    for row in xml_rows(folder / "Comments.xml.gz"):
        author = row.get("UserId", row.get("UserDisplayName", ""))
        if row["PostId"] in posts and moment(row) < cut and author != posts[row["PostId"]].get("OwnerUserId"):
            repliers[row["PostId"]].add(author)
    epoch = datetime(2020, 1, 1, tzinfo=UTC)
    scored = [
        (
            likers[key],
            len(repliers[key]),
            math.log10(max(likers[key] + 2 * len(repliers[key]), 1))
            + (moment(row) - epoch).total_seconds() / 45_000,
        )
        for key, row in posts.items()
    ]
    return sorted(scored, key=lambda score: -score[2])


# One test, because two workers would each import everything. The last two run nights of their own.
CHECKS: tuple[Callable[[Imported], None], ...] = (
    every_day_has_its_messages_and_its_senders,
    days_are_gapless_from_the_first_event_to_today,
    trailing_windows_are_distinct_members,
    new_members_follows_posts_and_likes_are_those_of_the_files,
    creators_of_all_time_have_the_followers_and_likes_of_the_files,
    streaks_are_those_of_the_file,
    a_second_night_changes_nothing_and_late_commits_are_counted_by_the_next,
    a_past_night_ranks_what_was_hot_then,
)


def test_the_night_gives_the_figures_of_the_raw_files(imported: Imported, subtests: pytest.Subtests) -> None:
    for check in CHECKS:
        with subtests.test(check.__name__):
            check(imported)
