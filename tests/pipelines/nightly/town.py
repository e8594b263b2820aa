"""A small town: people who do things, written as rows and events the way the services write them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg


def at(text: str) -> datetime:
    """A UTC moment: ``at("2026-03-01 12:00")``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Town:
    """Writes through one connection; use another Town for another transaction."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.zones: dict[UUID, str] = {}

    def member(
        self, name: str, *, created_at: datetime, kind: str = "person", zone: str = "UTC", key: bool = True
    ) -> UUID:
        """Someone joins."""
        member_id = uuid4()
        self.zones[member_id] = zone
        self.connection.execute(
            "INSERT INTO accounts (id, kind, username, username_key, nickname, zone, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (member_id, kind, name, name, name.title(), zone, created_at),
        )
        if key:
            self.connection.execute("INSERT INTO member_keys (member_id) VALUES (%s)", (member_id,))
        return member_id

    def event(self, name: str, actor_id: UUID | None, moment: datetime, **data: object) -> UUID:
        """Something is written to the log."""
        event_id = uuid4()
        zone = self.zones.get(actor_id, "UTC") if actor_id else "UTC"
        local_day = moment.astimezone(ZoneInfo(zone)).date() if zone != "Mars/Olympus" else None
        content = json.dumps({key: str(value) for key, value in data.items()})
        self.connection.execute(
            "INSERT INTO events (id, name, actor_id, occurred_at, local_day, data)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (event_id, name, actor_id, moment, local_day, content),
        )
        return event_id

    def log_in(self, member_id: UUID, moment: datetime) -> UUID:
        """A member logs in."""
        return self.event("member_logged_in", member_id, moment, member_id=member_id)

    def post(self, author_id: UUID, moment: datetime, *, visibility: str = "public") -> UUID:
        """A member posts; returns the content's id."""
        content_id = uuid4()
        self.connection.execute(
            "INSERT INTO content (id, author_id, visibility, body, created_at) VALUES (%s, %s, %s, %s, %s)",
            (content_id, author_id, visibility, "words that stay in the database", moment),
        )
        self.event("content_posted", author_id, moment, author_id=author_id, content_id=content_id)
        return content_id

    def story(self, author_id: UUID, moment: datetime) -> UUID:
        """A member shows something for a day; returns the content's id."""
        content_id = uuid4()
        self.connection.execute(
            "INSERT INTO content (id, author_id, type, visibility, body, created_at, expires_at)"
            " VALUES (%s, %s, 'story', 'public', '', %s, %s)",
            (content_id, author_id, moment, moment + timedelta(hours=24)),
        )
        self.event("story_posted", author_id, moment, author_id=author_id, content_id=content_id)
        return content_id

    def like_story(self, member_id: UUID, content_id: UUID, author_id: UUID, moment: datetime) -> None:
        """A member likes a story."""
        self.connection.execute(
            "INSERT INTO likes (content_id, member_id, created_at) VALUES (%s, %s, %s)",
            (content_id, member_id, moment),
        )
        data = {"member_id": member_id, "content_id": content_id, "author_id": author_id}
        self.event("story_liked", member_id, moment, **data)

    def like(self, member_id: UUID, content_id: UUID, author_id: UUID, moment: datetime) -> None:
        """A member likes a post."""
        self.connection.execute(
            "INSERT INTO likes (content_id, member_id, created_at) VALUES (%s, %s, %s)",
            (content_id, member_id, moment),
        )
        self.event(
            "content_liked",
            member_id,
            moment,
            member_id=member_id,
            content_id=content_id,
            author_id=author_id,
        )

    def comment(self, author_id: UUID, content_id: UUID, content_author_id: UUID, moment: datetime) -> UUID:
        """A member comments on a post; returns the comment's id."""
        comment_id = uuid4()
        self.connection.execute(
            "INSERT INTO comments (id, content_id, author_id, body, created_at) VALUES (%s, %s, %s, %s, %s)",
            (comment_id, content_id, author_id, "more words", moment),
        )
        self.event(
            "content_commented",
            author_id,
            moment,
            author_id=author_id,
            content_id=content_id,
            comment_id=comment_id,
            content_author_id=content_author_id,
        )
        return comment_id

    def follow(self, follower_id: UUID, followed_id: UUID, moment: datetime) -> None:
        """A member follows another."""
        self.connection.execute(
            "INSERT INTO follows (follower_id, followed_id, created_at) VALUES (%s, %s, %s)",
            (follower_id, followed_id, moment),
        )
        self.event("member_followed", follower_id, moment, follower_id=follower_id, followed_id=followed_id)

    def talk(self, seconds: int, moment: datetime) -> UUID:
        """Two strangers part, and nobody is named."""
        data = {"nobody": None, "seconds": seconds, "reason": "left", "revealed": False}
        return self.event("match_ended", None, moment, **data)

    def seal(self, sender_id: UUID, peer_id: UUID, moment: datetime) -> UUID:
        """A member sends a sealed message."""
        ids = {"member_id": sender_id, "peer_id": peer_id, "message_id": uuid4()}
        return self.event("secret_message_sent", sender_id, moment, **ids)

    def erase(self, member_id: UUID) -> None:
        """A member is erased: an empty account stays, the way to the lake (the pseudonym) goes."""
        self.connection.execute(
            "UPDATE accounts SET username = 'deleted_' || id, username_key = 'deleted_' || id,"
            " nickname = 'deleted', zone = DEFAULT, erased_at = now() WHERE id = %s",
            (member_id,),
        )
        self.connection.execute("DELETE FROM member_keys WHERE member_id = %s", (member_id,))
