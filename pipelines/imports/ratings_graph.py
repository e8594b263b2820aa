"""``ratings-graph``: who rates whom, one ``from,to,rating,unixtime`` a line, ratings from −10 to 10.

A positive rating becomes a follow at its time. A negative one is skipped until members can block each other.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from pipelines.imports import statements
from pipelines.imports.people import People
from pipelines.imports.source import BadRow, Report, from_epoch, lines, slug, stem
from pipelines.imports.stages import FollowRow
from pipelines.imports.writer import HistoryWriter
from web.core.ids import derived_id

NAME = "ratings-graph"
LOWEST, HIGHEST = -10, 10


class _Rating(NamedTuple):
    rater: str
    rated: str
    value: int
    rated_at: datetime


def files(path: Path) -> list[Path]:
    """The files that one import reads."""
    return [path]


def default_source(path: Path) -> str:
    """The community whose people these are: each graph of this format is another one."""
    return slug(stem(path))


def load(
    path: Path, source: str, now: datetime, connection: sa.Connection, writer: HistoryWriter, report: Report
) -> None:
    """Read the file and write it."""
    people = People(source)
    ratings = list(_read(path, now, people, report))
    positive = [rating for rating in ratings if rating.value > 0]
    people.settle(connection)
    people.write(writer, report)
    tally = report.tallies["ratings"]
    tally.skipped = len(ratings) - len(positive)
    if tally.skipped:
        report.notes.append(f"{tally.skipped:,} negative ratings were skipped until blocks exist")
    tally.written = writer.write(
        statements.FOLLOWS, (_row(rating, source, people) for rating in positive), len(positive)
    )


def _read(path: Path, now: datetime, people: People, report: Report) -> Iterator[_Rating]:
    tally = report.tallies["ratings"]
    first_line: dict[tuple[str, str], int] = {}
    for line, text in lines(path):
        if line == 1 and not text.replace(",", "").replace(".", "").replace("-", "").isdecimal():
            continue  # the heading
        tally.rows += 1
        try:
            rating = _parse(text, now)
            first = first_line.setdefault((rating.rater, rating.rated), line)
            if first != line:
                raise BadRow(f"{rating.rater} rated {rating.rated} in row {first} already")
        except BadRow as bad:
            report.reject(tally, str(line), str(bad))
            continue
        people.see(rating.rater, rating.rated_at)
        people.see(rating.rated, rating.rated_at)
        yield rating


def _parse(text: str, now: datetime) -> _Rating:
    fields = text.split(",")
    if len(fields) != 4:
        raise BadRow(f"expected from, to, rating and time, got {len(fields)} fields")
    rater, rated, value, seconds = fields
    try:
        rating = _Rating(str(int(rater)), str(int(rated)), int(value), from_epoch(seconds, now))
    except ValueError as error:
        raise BadRow("from, to and rating are not all whole numbers") from error
    if not LOWEST <= rating.value <= HIGHEST or rating.value == 0:
        raise BadRow(f"rating {value} is not from {LOWEST} to {HIGHEST} without 0")
    if rating.rater == rating.rated:
        raise BadRow("nobody can follow oneself")
    return rating


def _row(rating: _Rating, source: str, people: People) -> FollowRow:
    # A pair is rated once, so the pair is its identity and stays so when the file is sorted otherwise.
    pair = (rating.rater, rating.rated)
    return FollowRow(
        event_id=derived_id(rating.rated_at, source, "followed", *pair),
        follower_id=people.id(rating.rater),
        followed_id=people.id(rating.rated),
        created_at=rating.rated_at,
    )
