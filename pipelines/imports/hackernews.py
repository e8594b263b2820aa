"""``hackernews``: submissions, one ``id,title,url,num_points,num_comments,author,created_at`` a line.

A submission becomes a public post of its author: the title, and the address where there is one. Points name
no voters: the k-th point of any post comes from the k-th placeholder of the import at the time of the post,
so that counts per post are exact and no statistic about members sees them. Of comments the data has only
numbers, which are no comments and are left out.

Times are those of clocks in New York, without a zone; in the hour that such clocks show twice, the first is
meant.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from pipelines.imports import statements
from pipelines.imports.people import People
from pipelines.imports.plain_text import shortened
from pipelines.imports.source import BadRow, Report, plausible, records, slug
from pipelines.imports.stages import ContentRow, LikeRow
from pipelines.imports.writer import HistoryWriter
from web.core.ids import derived_id

NAME = "hackernews"
COLUMNS = ("id", "title", "url", "num_points", "num_comments", "author", "created_at")
BODY_LIMIT = 5_000
MOST_POINTS = 100_000  # ten times what any submission ever had; more is a broken file
ZONE = ZoneInfo("America/New_York")


class _Post(NamedTuple):
    id: UUID
    key: str
    author: str
    body: str
    points: int
    created_at: datetime


def files(path: Path) -> list[Path]:
    """The files that one import reads."""
    return [path]


def default_source(_path: Path) -> str:
    """The community whose people these are: the format is that of one site."""
    return NAME


def load(
    path: Path, source: str, now: datetime, connection: sa.Connection, writer: HistoryWriter, report: Report
) -> None:
    """Read the file and write it."""
    people = People(source)
    posts = list(_read(path, source, now, people, report))
    _see_voters(posts, people)
    people.settle(connection)
    people.write(writer, report)
    content = (
        ContentRow(
            event_id=derived_id(post.created_at, source, "posted", post.key),
            id=post.id,
            author_id=people.id(post.author),
            visibility="public",
            body=post.body,
            answers_id=None,
            created_at=post.created_at,
        )
        for post in posts
    )
    report.tallies["posts"].written = writer.write(statements.CONTENT, content, len(posts))
    points = report.tallies["points"]
    points.rows = sum(post.points for post in posts)
    points.written = writer.write(statements.LIKES, _likes(posts, source, people), points.rows)


def _read(path: Path, source: str, now: datetime, people: People, report: Report) -> Iterator[_Post]:
    tally = report.tallies["posts"]
    first_line: dict[str, int] = {}
    for line, fields in records(path, COLUMNS):
        tally.rows += 1
        try:
            post = _parse(fields, source, now)
            first = first_line.setdefault(post.key, line)
            if first != line:
                raise BadRow(f"submission {post.key} is in row {first} already")
        except BadRow as bad:
            report.reject(tally, str(line), str(bad))
            continue
        people.see(post.author, post.created_at)
        yield post


def _parse(fields: list[str], source: str, now: datetime) -> _Post:
    if len(fields) != len(COLUMNS):
        raise BadRow(f"expected {len(COLUMNS)} fields, got {len(fields)}")
    key, title, url, points, _comments, author, time = (field.strip() for field in fields)
    if not key.isdecimal():
        raise BadRow(f"id {key!r} is not a number")
    if not (points.isdecimal() and int(points) <= MOST_POINTS):
        raise BadRow(f"points {points!r} are not a number from 0 to {MOST_POINTS:,}")
    if not title:
        raise BadRow("it has no title")
    if not slug(author):
        raise BadRow("it has no author")
    created_at = _moment(time, now)
    return _Post(
        id=derived_id(created_at, source, "post", key),
        key=key,
        author=slug(author),
        body=shortened(f"{title}\n\n{url}".strip(), BODY_LIMIT),
        points=int(points),
        created_at=created_at,
    )


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.strptime(text, "%m/%d/%Y %H:%M").replace(tzinfo=ZONE, fold=0)
    except ValueError as error:
        raise BadRow(f"time {text!r} is not month/day/year hour:minute") from error
    return plausible(moment.astimezone(UTC), now)


def _see_voters(posts: list[_Post], people: People) -> None:
    """Placeholder k begins with the first post that has k points."""
    seen = 0
    for post in sorted(posts, key=lambda post: post.created_at):
        for number in range(seen + 1, post.points + 1):
            people.see(_voter(number), post.created_at, "placeholder")
        seen = max(seen, post.points)


def _likes(posts: list[_Post], source: str, people: People) -> Iterator[LikeRow]:
    most = max((post.points for post in posts), default=0)
    voters = [people.id(_voter(number)) for number in range(1, most + 1)]
    for post in posts:
        for number, voter in enumerate(voters[: post.points], start=1):
            yield LikeRow(
                event_id=derived_id(post.created_at, source, "liked", post.key, number),
                content_id=post.id,
                member_id=voter,
                created_at=post.created_at,
            )


def _voter(number: int) -> str:
    return f"voter-{number}"
