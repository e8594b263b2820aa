"""``friend-graph``: who is friends with whom, one ``node_1,node_2`` a line, each pair once, without times.

Each pair becomes an accepted friendship at the time of the import, and with it both follow each other, as
accepting does here.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from pipelines.imports import relations
from pipelines.imports.people import People
from pipelines.imports.source import BadRow, Report, records, slug, stem
from pipelines.imports.stages import FollowRow, FriendshipRow
from pipelines.imports.writer import HistoryWriter
from web.core.ids import derived_id

NAME = "friend-graph"
COLUMNS = ("node_1", "node_2")


class _Pair(NamedTuple):
    one: str
    other: str


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
    pairs = list(_read(path, now, people, report))
    people.settle(connection)
    people.write(writer, report)
    friendships = (
        FriendshipRow(
            event_id=derived_id(now, source, "befriended", *pair),
            member_id=people.id(pair.other),
            friend_id=people.id(pair.one),
            created_at=now,
        )
        for pair in pairs
    )
    report.tallies["friendships"].written = writer.write(relations.FRIENDSHIPS, friendships, len(pairs))
    follows = (
        FollowRow(
            event_id=derived_id(now, source, "followed", follower, followed),
            follower_id=people.id(follower),
            followed_id=people.id(followed),
            created_at=now,
        )
        for pair in pairs
        for follower, followed in (pair, pair[::-1])
    )
    written = writer.write(relations.FOLLOWS, follows, 2 * len(pairs))
    if written:
        report.notes.append(f"{written:,} follows came with them: friends follow each other")


def _read(path: Path, now: datetime, people: People, report: Report) -> Iterator[_Pair]:
    tally = report.tallies["friendships"]
    first_line: dict[frozenset[str], int] = {}
    for line, fields in records(path, COLUMNS):
        tally.rows += 1
        try:
            pair = _parse(fields)
            first = first_line.setdefault(frozenset(pair), line)
            if first != line:
                raise BadRow(f"{pair.one} and {pair.other} are friends in row {first} already")
        except BadRow as bad:
            report.reject(tally, str(line), str(bad))
            continue
        people.see(pair.one, now)
        people.see(pair.other, now)
        yield pair


def _parse(fields: list[str]) -> _Pair:
    if len(fields) != len(COLUMNS):
        raise BadRow(f"expected two members, got {len(fields)} fields")
    if not all(field.isdecimal() for field in fields):
        raise BadRow("the two are not both numbers")
    one, other = (str(int(field)) for field in fields)
    if one == other:
        raise BadRow("nobody is a friend of oneself")
    return _Pair(one, other)
