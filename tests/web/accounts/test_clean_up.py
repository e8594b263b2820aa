"""What has expired is deleted, and nothing else."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from tests.factories import Person
from tests.web.conftest import Api
from web.accounts import jobs
from web.accounts.models import (
    Challenge,
    EmailChange,
    PasswordReset,
    PhoneCode,
    RefreshToken,
    SecurityEvent,
    Session,
    SignUp,
)
from web.core.app import App
from web.core.ids import new_id


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


def test_proofs_that_caps_count_go_a_day_after_they_expired(app: App, mina: Person, now: datetime) -> None:
    moments = (now - jobs.PROOFS_COUNT + timedelta(minutes=1), now - jobs.PROOFS_COUNT - timedelta(minutes=1))
    with app.work() as services:
        for expires_at in moments:
            times = {"created_at": expires_at - timedelta(minutes=5), "expires_at": expires_at}
            code = {"number": "+821012345678", "locale": "ko", "code_hash": "x"}
            services[DbSession].add(PhoneCode(id=new_id(), **code, **times))
            services[DbSession].add(Challenge(id=new_id(), purpose="passkey", client="api", **times))
    clean_up(app)
    assert (count(app, PhoneCode), count(app, Challenge)) == (1, 1)


def test_other_proofs_go_when_they_expire(app: App, mina: Person, now: datetime) -> None:
    past = now - timedelta(seconds=1)
    with app.work() as services:
        change = {"address": "new@example.com", "code_hash": "x", "code_asked_at": past}
        services[DbSession].add(EmailChange(id=new_id(), account_id=mina.id, **change, expires_at=past))
        reset = {"address": "mina@example.com", "created_at": past}
        services[DbSession].add(PasswordReset(id=new_id(), **reset, expires_at=past))
    clean_up(app)
    assert (count(app, EmailChange), count(app, PasswordReset)) == (0, 0)


def test_the_security_log_reaches_180_days_back(app: App, mina: Person, now: datetime) -> None:
    with app.work() as services:
        for days in (179, 181):
            event = {"kind": "logged_in", "occurred_at": now - timedelta(days=days)}
            services[DbSession].add(SecurityEvent(id=new_id(), account_id=mina.id, **event))
    clean_up(app)
    assert count(app, SecurityEvent) == 1


def test_addresses_of_sessions_that_rest_are_forgotten(
    app: App, mina: Person, joon: Person, now: datetime
) -> None:
    with app.work() as services:
        session = services[DbSession]
        session.execute(sa.update(Session).values(ip="192.0.2.7"))
        long_ago = now - jobs.ADDRESSES_KEPT - timedelta(minutes=1)
        session.execute(sa.update(Session).where(Session.id == joon.session_id).values(last_used_at=long_ago))
    clean_up(app)
    with app.engines.reads.connect() as connection:
        kept = {row.id: row.ip for row in connection.execute(sa.select(Session.id, Session.ip))}
    assert kept == {mina.session_id: "192.0.2.7", joon.session_id: None}
