"""What has expired is deleted, and nothing else."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from tests.factories import Person
from tests.web.conftest import Api
from web.accounts import jobs
from web.accounts.models import RefreshToken, Session, SignUp
from web.core.app import App


@pytest.fixture
def now(app: App) -> datetime:
    """The present."""
    return app.clock.now()


def clean_up(app: App) -> None:
    with app.work() as services:
        jobs.clean_up(services)


def count(app: App, table: type) -> int:
    with app.engines.reads.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_sign_ups_that_nobody_finished_go(app: App, api: Api, now: datetime) -> None:
    wish = {"password": "a good password", "nickname": "Mina", "birth_date": "1999-05-17"}
    for name in ("early", "late"):
        api.post("/auth/register", {**wish, "email": f"{name}@example.com"}, status=202)
    with app.work() as services:
        early = sa.update(SignUp).where(SignUp.email == "early@example.com")
        services[DbSession].execute(early.values(expires_at=now - timedelta(seconds=1)))
    clean_up(app)
    assert count(app, SignUp) == 1


def test_a_revoked_session_stays_until_its_tokens_are_worth_nothing(
    app: App, mina: Person, joon: Person, now: datetime
) -> None:
    with app.work() as services:
        session = services[DbSession]
        session.execute(sa.update(Session).values(revoked_at=now - timedelta(days=90)))
        long_ago = now - jobs.SESSIONS_KEPT - timedelta(seconds=1)
        session.execute(sa.update(Session).where(Session.id == joon.session_id).values(expires_at=long_ago))
    clean_up(app)
    with app.engines.reads.connect() as connection:
        assert list(connection.scalars(sa.select(Session.id))) == [mina.session_id]


def test_refresh_tokens_go_when_they_expire(app: App, mina: Person, now: datetime) -> None:
    with app.work() as services:
        services[DbSession].execute(
            sa.insert(RefreshToken),
            [
                {
                    "token_hash": str(days),
                    "session_id": mina.session_id,
                    "created_at": now,
                    "expires_at": now + timedelta(days=days),
                }
                for days in (-1, 1)
            ],
        )
    clean_up(app)
    with app.engines.reads.connect() as connection:
        assert list(connection.scalars(sa.select(RefreshToken.token_hash))) == ["1"]
