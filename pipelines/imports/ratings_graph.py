"""``ratings-graph``: who rates whom, one ``from,to,rating,unixtime`` a line, ratings from −10 to 10.

A positive rating becomes a follow at its time, a negative one a block. They happen in the order of their
times, as they would have happened here: a block ends the follows between the two, and as long as it stands
neither can follow the other, so that such ratings are left out.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from pipelines.imports import relations
from pipelines.imports.people import People
from pipelines.imports.source import BadRow, Report, from_epoch, lines, slug, stem
from pipelines.imports.stages import BlockRow, FollowRow
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
    follows, blocks = _replay(ratings)
    people.settle(connection)
    people.write(writer, report)
    tally = report.tallies["ratings"]
    tally.skipped = len(ratings) - len(follows) - len(blocks)
    if tally.skipped:
        report.notes.append(
            f"{tally.skipped:,} follows were left out: one of the two had blocked the other by then"
        )
    # Follows first: those that a block ended had begun before it.
    tally.written = writer.write(
        relations.FOLLOWS, (_follow(rating, source, people) for rating in follows), len(follows)
    )
    tally.written += writer.write(
        relations.BLOCKS, (_block(rating, source, people) for rating in blocks), len(blocks)
    )


def _replay(ratings: list[_Rating]) -> tuple[list[_Rating], list[_Rating]]:
    """The follows and the blocks that can have happened, in the order of their times."""
    follows, blocks = [], []
    blocked: set[frozenset[str]] = set()
    for rating in sorted(ratings, key=lambda rating: rating.rated_at):
        pair = frozenset((rating.rater, rating.rated))
        if rating.value < 0:
            blocked.add(pair)
            blocks.append(rating)
        elif pair not in blocked:
            follows.append(rating)
    return follows, blocks


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
        raise BadRow("nobody can follow or block oneself")
    return rating


# A pair is rated once, so the pair is its identity and stays so when the file is sorted otherwise.


def _follow(rating: _Rating, source: str, people: People) -> FollowRow:
    return FollowRow(
        event_id=derived_id(rating.rated_at, source, "followed", rating.rater, rating.rated),
        follower_id=people.id(rating.rater),
        followed_id=people.id(rating.rated),
        created_at=rating.rated_at,
    )


def _block(rating: _Rating, source: str, people: People) -> BlockRow:
    return BlockRow(
        event_id=derived_id(rating.rated_at, source, "blocked", rating.rater, rating.rated),
        blocker_id=people.id(rating.rater),
        blocked_id=people.id(rating.rated),
        created_at=rating.rated_at,
    )
