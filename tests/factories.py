"""People and things for tests, made through the product's own services."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.service import AccountService
from web.accounts.sessions.service import SessionService
from web.content.models import Content
from web.content.reels import note_reel
from web.content.schemas import NewPost
from web.content.service import ContentService
from web.content.stories.schemas import NewStory
from web.content.stories.service import StoryService
from web.core.app import App
from web.core.clock import Clock
from web.core.ids import new_id
from web.core.tokens import KeyRing
from web.graph.friends.service import FriendService
from web.media.models import Medium
from web.rooms.schemas import NewRoom
from web.rooms.service import RoomService

# Argon2id of "a good password", made once: hashing it anew for every person would make the tests crawl.
PASSWORD = "a good password"
PASSWORD_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$x0AfaLpZv9nwkkbm4MfXtw$52hv86daMvkJOCtu3jWXFVbzUeztIgIMSLnqJWjmMMk"
)


@dataclass(frozen=True)
class Person:
    """A member with a session.

    Attributes:
        headers: what an API request of theirs carries.
    """

    id: UUID
    username: str
    session_id: UUID
    headers: dict[str, str]


def make_person(app: App, username: str, *, is_admin: bool = False, **values: Any) -> Person:
    """A member who is signed in; leaves ``member_joined`` and ``member_logged_in`` in the log."""
    with app.work() as services:
        values = {"nickname": username.title(), "birth_date": date(1999, 5, 17), "zone": "UTC"} | values
        member_id = services[AccountService].create(
            email=f"{username}@example.com",
            username=username,
            password_hash=PASSWORD_HASH,
            is_admin=is_admin,
            **values,
        )
        session_id = services[SessionService].open(member_id, client="api")
    scope = "member admin" if is_admin else "member"
    return Person(member_id, username, session_id, bearer(app, str(member_id), session_id, scope))


def make_dashboard(app: App) -> Person:
    """A program with a dashboard token."""
    with app.work() as services:
        token = services[SessionService].service_token("test", "dashboard", timedelta(days=1))
        session_id = services[KeyRing].verify(token).session_id
    return Person(UUID(int=0), "dashboard", session_id, {"Authorization": f"Bearer {token}"})


def bearer(app: App, subject: str, session_id: UUID, scope: str) -> dict[str, str]:
    """The header of an access token."""
    token = app.keys.sign(
        subject=subject,
        session_id=session_id,
        scope=scope,
        client="api",
        now=Clock().now(),
        lifetime=timedelta(hours=1),
    )
    return {"Authorization": f"Bearer {token}"}


def befriend(app: App, one: Person, other: Person) -> None:
    """Two members become friends: the first asks, the second agrees."""
    with app.work() as services:
        request = services[FriendService].ask(one.id, other.id)
        services[FriendService].accept(other.id, request.id)


def make_post(app: App, author: Person, body: str = "hello", visibility: str = "public") -> UUID:
    """A post."""
    with app.work() as services:
        post_id = services[ContentService].post(
            author.id, NewPost.model_validate({"body": body, "visibility": visibility})
        )
        services[Session].flush()
    return post_id


def make_medium(app: App, owner: Person, purpose: str = "post", kind: str = "image", **values: Any) -> UUID:
    """An upload that is ready, but has no files."""
    made = {
        "image": ("large", ["webp", "jpg"]),
        "video": ("film", ["mp4"]),
        "audio": ("sound", ["m4a"]),
        "file": ("file", ["bin"]),
    }
    name, formats = made[kind]
    variants = {name: {"width": 1080, "height": 1350, "formats": formats}}
    facts = {"status": "ready", "width": 1080, "height": 1350, "content_type": "image/jpeg", "size": 1}
    media_id = new_id()
    with app.work() as services:
        services[Session].execute(
            sa.insert(Medium),
            {
                "id": media_id,
                "owner_id": owner.id,
                "purpose": purpose,
                "kind": kind,
                "variants": variants,
                "created_at": Clock().now(),
                **facts,
                **values,
            },
        )
    return media_id


def make_room(app: App, host: Person, **values: Any) -> UUID:
    """An open room, with its host in it."""
    new = NewRoom.model_validate({"name": "Seoul by night"} | values)
    with app.work() as services:
        return services[RoomService].open(host.id, new)


def make_story(app: App, author: Person, media_id: UUID | None = None, **values: Any) -> UUID:
    """A story."""
    shown = media_id or make_medium(app, author, "story")
    with app.work() as services:
        return services[StoryService].post(author.id, NewStory.model_validate({"media_id": shown, **values}))


def make_reel(app: App, author: Person, duration_ms: int = 10_000, **values: Any) -> UUID:
    """A reel without a video."""
    reel_id = new_id()
    row = {"id": reel_id, "author_id": author.id, "type": "reel", "body": "", "created_at": Clock().now()}
    with app.work() as services:
        services[Session].execute(sa.insert(Content), row | values)
        note_reel(services[Session], reel_id, duration_ms)
    return reel_id
