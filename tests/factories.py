"""People and things for tests, made through the product's own services."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from web.accounts.service import AccountService
from web.accounts.sessions.service import SessionService
from web.content.schemas import NewPost
from web.content.service import ContentService
from web.core.app import App
from web.core.clock import Clock
from web.core.tokens import KeyRing

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


def make_post(app: App, author: Person, body: str = "hello", visibility: str = "public") -> UUID:
    """A post."""
    with app.work() as services:
        post_id = services[ContentService].post(
            author.id, NewPost.model_validate({"body": body, "visibility": visibility})
        )
        services[Session].flush()
    return post_id
