"""``stackexchange``: the data dump of one site, a folder with Users, Posts, Comments and Votes (XML).

Questions and answers become public posts (an answer points at its question), comments comments, up-votes
likes, and the tags of a question hashtags. Votes name no voters: the k-th vote on any post comes from the
k-th placeholder of the import, so that counts per post and per day are exact and no statistic about members
sees them. Vote times are days.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID
from xml.etree import ElementTree as ET

import sqlalchemy as sa

from pipelines.imports import statements
from pipelines.imports.people import People
from pipelines.imports.plain_text import plain_text, shortened
from pipelines.imports.source import BadRow, ImportFailed, Report, Tally, open_bytes, plausible, slug, stem
from pipelines.imports.stages import CommentRow, ContentRow, LikeRow, TagRow
from pipelines.imports.writer import HistoryWriter
from web.content.hashtags import tags_in
from web.core.ids import derived_id

NAME = "stackexchange"
TABLES = ("Users", "Posts", "Comments", "Votes")
BODY_LIMIT = 5_000
QUESTION, ANSWER, UP_VOTE = "1", "2", "2"
COMMUNITY = "-1"  # the site itself, in the dumps
DELETED = "deleted"


# Takes a row; False when the row is left out on purpose.
_Taker = Callable[[Mapping[str, str]], bool]


class _Post(NamedTuple):
    id: UUID
    key: str
    author: str
    question: str | None
    body: str
    tags: tuple[str, ...]
    created_at: datetime


class _Comment(NamedTuple):
    key: str
    post: _Post
    author: str
    body: str
    created_at: datetime


class _Vote(NamedTuple):
    post: _Post
    voter: str
    day: datetime


def files(path: Path) -> list[Path]:
    """The files that one import reads; each may be compressed.

    Raises:
        ImportFailed: one of them is not there.
    """
    if not path.is_dir():
        raise ImportFailed(f"{path} is not a folder; give the folder of a site")
    found = []
    for table in TABLES:
        present = [file for ending in (".xml", ".xml.gz") if (file := path / f"{table}{ending}").exists()]
        if not present:
            raise ImportFailed(f"{path} has no {table}.xml")
        found.append(present[0])
    return found


def default_source(path: Path) -> str:
    """The community whose people these are: the site."""
    return slug(stem(path))


def load(
    path: Path, source: str, now: datetime, connection: sa.Connection, writer: HistoryWriter, report: Report
) -> None:
    """Read the folder and write it."""
    site = _Site(dict(zip(TABLES, files(path), strict=True)), source, now, report)
    site.read()
    site.people.settle(connection)
    site.write(writer)


class _Site:
    """One dump, read table by table: each needs to know what became of the one before."""

    def __init__(self, paths: Mapping[str, Path], source: str, now: datetime, report: Report) -> None:
        self._paths, self._source, self._now, self._report = paths, source, now, report
        self.people = People(source)
        self._posts: dict[str, _Post | None] = {}
        self._comments: list[_Comment] = []
        self._votes: list[_Vote] = []
        self._shortened = 0

    def read(self) -> None:
        """Read all four tables."""
        tallies = self._report.tallies
        self._each("Users", self._user, self._report.people)
        self._each("Posts", self._post, tallies["posts"])
        self._each("Comments", self._comment, tallies["comments"])
        votes: Counter[str] = Counter()
        self._each("Votes", lambda row: self._vote(row, votes), tallies["votes"])
        if self._shortened:
            self._report.notes.append(
                f"{self._shortened:,} bodies were longer than {BODY_LIMIT:,} characters and were cut"
            )

    def write(self, writer: HistoryWriter) -> None:
        """Write what was read."""
        tallies = self._report.tallies
        self.people.write(writer, self._report)
        posts = [post for post in self._posts.values() if post]
        tallies["posts"].written = writer.write(statements.CONTENT, map(self._content, posts), len(posts))
        tagged = sum(len(post.tags) for post in posts)
        tags = tallies["tags"]
        tags.rows += tagged
        tags.written = writer.write(statements.TAGS, _tag_rows(posts), tagged)
        tallies["comments"].written = writer.write(
            statements.COMMENTS, map(self._comment_row, self._comments), len(self._comments)
        )
        tallies["votes"].written = writer.write(
            statements.LIKES, map(self._like, self._votes), len(self._votes)
        )

    def _each(self, table: str, take: _Taker, tally: Tally) -> None:
        for number, row in enumerate(_rows(self._paths[table]), start=1):
            tally.rows += 1
            try:
                if not take(row):
                    tally.skipped += 1
            except BadRow as bad:
                self._report.reject(tally, f"{table}.xml:{number}", str(bad))
            except KeyError as missing:
                reason = f"attribute {missing.args[0]} is missing"
                self._report.reject(tally, f"{table}.xml:{number}", reason)

    def _user(self, row: Mapping[str, str]) -> bool:
        self._see(row["Id"], _moment(row["CreationDate"], self._now))
        return True

    def _see(self, user: str | None, moment: datetime) -> str:
        """Note a user by their number, and answer under which key they are known here."""
        key, kind = user or DELETED, "person"
        if user is None:
            kind = "placeholder"
        elif user == COMMUNITY:
            key, kind = "community", "system"
        self.people.see(key, moment, kind)
        return key

    def _post(self, row: Mapping[str, str]) -> bool:
        key, kind = row["Id"], row["PostTypeId"]
        if kind not in (QUESTION, ANSWER):
            self._posts[key] = None
            return False
        question = row["ParentId"] if kind == ANSWER else None
        if question and not self._posts.get(question):
            raise BadRow(f"its question {question} is not in the dump before it")
        created_at = _moment(row["CreationDate"], self._now)
        text = plain_text(row["Body"])
        if title := row.get("Title"):
            text = f"{title}\n\n{text}".strip()
        if not text:
            raise BadRow("it has no text")
        body = shortened(text, BODY_LIMIT)
        self._shortened += body != text
        author = self._see(row.get("OwnerUserId"), created_at)
        post_id = derived_id(created_at, self._source, "post", key)
        self._posts[key] = _Post(
            post_id, key, author, question, body, _hashtags(row.get("Tags", "")), created_at
        )
        return True

    def _comment(self, row: Mapping[str, str]) -> bool:
        post = self._known_post(row["PostId"])
        if post is None:
            return False
        created_at = _moment(row["CreationDate"], self._now)
        author = self._see(row.get("UserId"), created_at)
        self._comments.append(_Comment(row["Id"], post, author, row["Text"].strip(), created_at))
        return True

    def _vote(self, row: Mapping[str, str], votes: Counter[str]) -> bool:
        post = self._known_post(row["PostId"])
        if post is None or row["VoteTypeId"] != UP_VOTE:
            return False
        day = _moment(row["CreationDate"], self._now)
        if day.date() == post.created_at.date():
            day = max(day, post.created_at)  # nobody votes before the post is there
        votes[post.key] += 1
        voter = f"voter-{votes[post.key]}"
        self.people.see(voter, day, "placeholder")
        self._votes.append(_Vote(post, voter, day))
        return True

    def _known_post(self, key: str) -> _Post | None:
        """The post, or None for one that is in the dump and was left out (tag descriptions)."""
        if key not in self._posts:
            raise BadRow(f"post {key} is not in the dump")
        return self._posts[key]

    def _content(self, post: _Post) -> ContentRow:
        question = self._posts[post.question] if post.question else None
        return ContentRow(
            event_id=derived_id(post.created_at, self._source, "posted", post.key),
            id=post.id,
            author_id=self.people.id(post.author),
            visibility="public",
            body=post.body,
            answers_id=question.id if question else None,
            created_at=post.created_at,
        )

    def _comment_row(self, comment: _Comment) -> CommentRow:
        return CommentRow(
            event_id=derived_id(comment.created_at, self._source, "commented", comment.key),
            id=derived_id(comment.created_at, self._source, "comment", comment.key),
            content_id=comment.post.id,
            author_id=self.people.id(comment.author),
            parent_id=None,
            body=comment.body,
            created_at=comment.created_at,
        )

    def _like(self, vote: _Vote) -> LikeRow:
        return LikeRow(
            event_id=derived_id(vote.day, self._source, "liked", vote.post.key, vote.voter),
            content_id=vote.post.id,
            member_id=self.people.id(vote.voter),
            created_at=vote.day,
        )


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    """The attributes of each row of a table, without holding the table.

    Raises:
        ImportFailed: the file cannot be read or is not well-formed XML.
    """
    with open_bytes(path) as content:
        try:
            for _, element in ET.iterparse(content):  # noqa: S314 - the operator's own file; expat bounds entities
                if element.tag == "row":
                    yield dict(element.attrib)
                    element.clear()
        except ET.ParseError as error:
            raise ImportFailed(f"{path} is not well-formed XML: {error}") from error


def _hashtags(tags: str) -> tuple[str, ...]:
    """The tags of a question (``<word-order><c++>``, in newer dumps ``|word-order|c++|``) as hashtags.

    They are written as one would have to write them behind a #: ``word_order``, ``c``.
    """
    words = (re.sub(r"[-.]", "_", tag) for tag in re.findall(r"[^<>|]+", tags))
    return tuple(dict.fromkeys(tag for word in words for tag in tags_in(f"#{word}")))


def _tag_rows(posts: list[_Post]) -> Iterator[TagRow]:
    return (TagRow(post.id, tag, post.created_at) for post in posts for tag in post.tags)


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRow(f"time {text!r} is not an ISO date and time") from error
    return plausible(moment.replace(tzinfo=moment.tzinfo or UTC), now)
