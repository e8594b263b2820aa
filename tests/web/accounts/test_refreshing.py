"""Refresh tokens: each works once, and one that was copied ends its session."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import PASSWORD, Person
from tests.web.conftest import Api
from tests.web.together import together
from web.accounts.models import Account, RefreshToken, SecurityEvent, Session
from web.accounts.service import AccountService
from web.accounts.sessions.service import LONGEST_SESSION
from web.core.app import App
from web.core.clock import FixedClock
from web.core.devices import Device
from web.core.mail import OutboxMailer

LOGIN = {"email": "mina@example.com", "password": PASSWORD}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def tokens(api: Api, mina: Person) -> Any:
    """What Mina's app got when she logged in."""
    return api.post("/auth/login", LOGIN, status=200)


def bearer(pair: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {pair['access_token']}"}


def refreshed(api: Api, pair: Any, **options: Any) -> Any:
    """The answer to a refresh, whatever it is."""
    return api.call("POST", "/auth/refresh", json={"refresh_token": pair["refresh_token"]}, **options)


def reuses(owner_engine: sa.Engine) -> int:
    with owner_engine.connect() as connection:
        noted = sa.select(sa.func.count()).where(SecurityEvent.kind == "token_reused")
        return connection.scalar(noted) or 0


def test_a_session_goes_on_for_as_long_as_it_is_refreshed(api: Api, clock: FixedClock, tokens: Any) -> None:
    started = clock.now()
    for _ in range(3):
        clock.moment += timedelta(days=20)
        tokens = refreshed(api, tokens, status=200).json
    assert clock.now() - started == timedelta(days=60)
    clock.moment += timedelta(days=30)
    refreshed(api, tokens, status=401)


def test_no_session_goes_on_for_ever(api: Api, clock: FixedClock, tokens: Any) -> None:
    started = clock.now()
    while clock.now() + timedelta(days=29) < started + LONGEST_SESSION:
        clock.moment += timedelta(days=29)
        tokens = refreshed(api, tokens, status=200).json
    clock.moment = started + LONGEST_SESSION
    refreshed(api, tokens, status=401)


def test_of_two_at_once_one_wins_and_the_session_ends_because_one_may_be_a_thief(
    api: Api, tokens: Any, owner_engine: sa.Engine
) -> None:
    """A retry after a lost answer cannot be told from theft, so it ends the same (RFC 9700 §4.14.2)."""
    answers = together([lambda: refreshed(api, tokens)] * 2)
    assert sorted(answer.status_int for answer in answers) == [200, 401]
    (winner,) = (answer.json for answer in answers if answer.status_int == 200)
    refreshed(api, winner, status=401)
    api.get("/auth/me", status=401, headers=bearer(winner))
    assert reuses(owner_engine) == 1


def test_of_many_at_once_one_wins_and_the_member_is_told_once(
    api: Api, tokens: Any, owner_engine: sa.Engine
) -> None:
    answers = together([lambda: refreshed(api, tokens)] * 6)
    assert sorted(answer.status_int for answer in answers) == [200] + [401] * 5
    with owner_engine.connect() as connection:
        unused = sa.select(sa.func.count()).where(RefreshToken.used_at.is_(None))
        assert connection.scalar(unused) == 1
    assert reuses(owner_engine) == 1


def test_the_member_is_told_by_mail_which_device_brought_the_copy(
    api: Api, app: App, tokens: Any, run_jobs: Callable[[], int]
) -> None:
    refreshed(api, tokens, status=200)
    refreshed(api, tokens, status=401, headers={"User-Agent": FIREFOX})
    assert run_jobs() == 1
    assert isinstance(app.mailer, OutboxMailer)
    (mail,) = app.mailer.newest()
    assert mail.to == "mina@example.com"
    assert "Firefox" in mail.text


def test_other_sessions_of_the_member_go_on(api: Api, tokens: Any, mina: Person) -> None:
    refreshed(api, tokens, status=200)
    refreshed(api, tokens, status=401)
    api.get("/auth/me", mina)


def test_who_is_suspended_is_told_until_when(api: Api, app: App, mina: Person, tokens: Any) -> None:
    until = app.clock.now() + timedelta(days=1)
    with app.work() as services:
        services[AccountService].suspend(mina.id, until, "spam", by=None)
    error = refreshed(api, tokens, status=403).json["error"]
    assert (error["code"], error["details"]["suspended_until"]) == ("ACCOUNT_SUSPENDED", until.isoformat())


def test_who_is_banned_is_told(api: Api, app: App, mina: Person, tokens: Any) -> None:
    with app.work() as services:
        services[AccountService].ban(mina.id, "spam", by=None)
    assert refreshed(api, tokens, status=403).json["error"]["code"] == "ACCOUNT_BANNED"


def test_who_is_away_is_told_to_log_in(api: Api, mina: Person, tokens: Any, owner_engine: sa.Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Account).values(deactivated_at=sa.func.now()))
    assert refreshed(api, tokens, status=403).json["error"]["code"] == "ACCOUNT_DEACTIVATED"


def test_who_has_asked_to_be_deleted_goes_on_until_then(
    api: Api, tokens: Any, owner_engine: sa.Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Account).values(deletion_requested_at=sa.func.now()))
    pair = refreshed(api, tokens, status=200).json
    assert api.get("/auth/me", headers=bearer(pair))["erased_on"]


def test_a_refusal_does_not_use_the_token_up(
    api: Api, app: App, mina: Person, tokens: Any, owner_engine: sa.Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Account).values(suspended_until=sa.func.now() + timedelta(hours=1)))
    refreshed(api, tokens, status=403)
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Account).values(suspended_until=None))
    refreshed(api, tokens, status=200)


def test_a_token_of_a_session_that_was_ended_is_refused_and_nobody_is_alarmed(
    api: Api, tokens: Any, owner_engine: sa.Engine
) -> None:
    api.call("POST", "/auth/logout", headers=bearer(tokens), status=204)
    refreshed(api, tokens, status=401)
    assert reuses(owner_engine) == 0


def test_refreshing_notes_the_use_and_where_from(api: Api, tokens: Any, owner_engine: sa.Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Session).values(last_used_at=sa.func.now() - timedelta(days=1)))
    refreshed(api, tokens, status=200, headers={"User-Agent": FIREFOX + "\0" + "x" * 500})
    with owner_engine.connect() as connection:
        recent = sa.func.now() - timedelta(minutes=1)
        assert connection.scalar(sa.select(sa.func.count()).where(Session.last_used_at > recent)) == 1
        agents = connection.scalars(sa.select(RefreshToken.user_agent)).all()
    assert Device(FIREFOX + "x" * 500).columns["user_agent"] in agents
