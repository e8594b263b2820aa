"""Staging: the rows that a format hands to the writer, and the temporary tables through which they pass.

Fields of a row type and columns of its table have the same names. Tables drop themselves at the end of the
transaction.
"""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa


class AccountRow(NamedTuple):
    """An account to be. ``email`` is a verified way in; imported people have none."""

    id: UUID
    event_id: UUID
    kind: str
    username: str
    nickname: str
    zone: str
    locale: str
    created_at: datetime
    birth_date: date | None = None
    password_hash: str | None = None
    email: str | None = None


class LoginRow(NamedTuple):
    """A member logged in; only the event log knows."""

    event_id: UUID
    member_id: UUID
    created_at: datetime


class FollowRow(NamedTuple):
    """One member follows another."""

    event_id: UUID
    follower_id: UUID
    followed_id: UUID
    created_at: datetime


class BlockRow(NamedTuple):
    """One member blocks another."""

    event_id: UUID
    blocker_id: UUID
    blocked_id: UUID
    created_at: datetime


class FriendshipRow(NamedTuple):
    """Two members are friends; ``member_id`` is the one who said yes. One row for each pair."""

    event_id: UUID
    member_id: UUID
    friend_id: UUID
    created_at: datetime


class ContentRow(NamedTuple):
    """A text post; ``answers_id`` is the question that it answers."""

    event_id: UUID
    id: UUID
    author_id: UUID
    visibility: str
    body: str
    answers_id: UUID | None
    created_at: datetime


class TagRow(NamedTuple):
    """A piece of content has a hashtag; at the time of the content."""

    content_id: UUID
    tag: str
    created_at: datetime


class LikeRow(NamedTuple):
    """A member likes a piece of content."""

    event_id: UUID
    content_id: UUID
    member_id: UUID
    created_at: datetime


class CommentRow(NamedTuple):
    """A comment, or a reply to another comment on the same content."""

    event_id: UUID
    id: UUID
    content_id: UUID
    author_id: UUID
    parent_id: UUID | None
    body: str
    created_at: datetime


class MessageRow(NamedTuple):
    """A message of a direct conversation, which is named by its pair.

    ``conversation_id`` is used when the pair has no conversation yet.
    """

    event_id: UUID
    id: UUID
    conversation_id: UUID
    direct_key: str
    sender_id: UUID
    recipient_id: UUID
    body: str
    created_at: datetime


_metadata = sa.MetaData()


def _stage(name: str, *columns: sa.Column[object]) -> sa.Table:
    return sa.Table(
        f"stage_{name}",
        _metadata,
        sa.Column("event_id", sa.Uuid()),
        *columns,
        sa.Column("created_at", sa.DateTime(timezone=True)),
        # Rows keep their order in the file, which decides between messages of the same second.
        sa.Column("position", sa.BigInteger, sa.Identity(always=True)),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def _key(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), primary_key=True)


def _id(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid())


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text)


# The primary keys say what may not stand twice in one file; COPY refuses it.
accounts = _stage(
    "accounts",
    _key("id"),
    *map(_text, ("kind", "username", "nickname", "zone", "locale", "password_hash", "email")),
    sa.Column("birth_date", sa.Date),
)
logins = _stage("logins", _id("member_id"))
follows = _stage("follows", _key("follower_id"), _key("followed_id"))
blocks = _stage("blocks", _key("blocker_id"), _key("blocked_id"))
friendships = _stage("friendships", _key("member_id"), _key("friend_id"))
content = _stage(
    "content", _key("id"), _id("author_id"), _text("visibility"), _text("body"), _id("answers_id")
)
tags = _stage("tags", _key("content_id"), sa.Column("tag", sa.Text, primary_key=True))
likes = _stage("likes", _key("content_id"), _key("member_id"))
comments = _stage(
    "comments", _key("id"), _id("content_id"), _id("author_id"), _id("parent_id"), _text("body")
)
messages = _stage(
    "messages",
    _key("id"),
    _id("conversation_id"),
    _text("direct_key"),
    _id("sender_id"),
    _id("recipient_id"),
    _text("body"),
)
