"""The member's own sessions: seen, ended one by one or together, and when they were last used."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from web.accounts.models import SecurityEvent, Session
from web.accounts.sessions.directory import SessionCache
from web.accounts.sessions.service import SessionService
from web.accounts.sessions.uses import EXACT_TO, SessionUses
from web.core.app import App
from web.core.clock import FixedClock
from web.core.devices import Device

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
ENGLISH = {"Accept-Language": "en"}


def open_session(app: App, who: Person, client: str = "web", user_agent: str | None = FIREFOX) -> UUID:
    with app.work() as services:
        return services[SessionService].open(who.id, client=client, device=Device(user_agent, "192.0.2.7"))


def prove(app: App, who: Person) -> None:
    with app.work() as services:
        services[SessionService].proved(who.session_id)


def used_at(owner_engine: sa.Engine, session_id: UUID) -> Any:
    with owner_engine.connect() as connection:
        return connection.scalar(sa.select(Session.last_used_at).where(Session.id == session_id))


def test_sessions_are_listed_with_their_device_and_never_with_a_place(
    api: Api, app: App, mina: Person, joon: Person
) -> None:
    open_session(app, joon)
    browser = open_session(app, mina)
    sessions = api.get("/auth/sessions", mina, headers=ENGLISH)["items"]
    assert [(item["id"], item["device"], item["client"], item["current"]) for item in sessions] == [
        (str(browser), "Firefox on Windows", "web", False),
        (str(mina.session_id), "App", "api", True),
    ]
    assert "192.0.2.7" not in str(sessions)
    assert sessions[0].keys() == {"id", "client", "device", "created_at", "last_used_at", "current"}


def test_sessions_come_in_pages_for_the_same_statements(
    api: Api, app: App, mina: Person, statements: Callable[[], list[str]]
) -> None:
    ids = [open_session(app, mina) for _ in range(4)]
    api.get("/auth/me", mina)
    before = len(statements())
    found = api.every_page("/auth/sessions", mina)
    assert len(statements()) == before + 3
    assert [item["id"] for item in found] == [str(each) for each in [*reversed(ids), mina.session_id]]


def test_sessions_that_ended_or_expired_are_not_listed(
    api: Api, app: App, mina: Person, owner_engine: sa.Engine
) -> None:
    ended, expired = open_session(app, mina), open_session(app, mina)
    with app.work() as services:
        services[SessionService].revoke(ended)
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Session).where(Session.id == expired).values(expires_at=sa.func.now()))
    assert [item["id"] for item in api.get("/auth/sessions", mina)["items"]] == [str(mina.session_id)]


def test_another_session_is_ended_after_a_recent_proof(
    api: Api, app: App, mina: Person, owner_engine: sa.Engine
) -> None:
    other = open_session(app, mina)
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Session).values(proved_at=None))
    refused = api.delete(f"/auth/sessions/{other}", mina, status=403)
    assert refused["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    prove(app, mina)
    api.delete(f"/auth/sessions/{other}", mina)
    api.delete(f"/auth/sessions/{other}", mina, status=404)
    assert [item["id"] for item in api.get("/auth/sessions", mina)["items"]] == [str(mina.session_id)]
    with owner_engine.connect() as connection:
        kinds = connection.scalars(sa.select(SecurityEvent.kind)).all()
    assert kinds == ["session_ended"]


def test_the_own_session_is_ended_without_one(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Session).values(proved_at=None))
    api.delete(f"/auth/sessions/{mina.session_id}", mina)
    api.get("/auth/me", mina, status=401)


def test_sessions_of_others_are_not_there(api: Api, app: App, mina: Person, joon: Person) -> None:
    prove(app, mina)
    for foreign in (joon.session_id, uuid4()):
        api.delete(f"/auth/sessions/{foreign}", mina, status=404)
    api.get("/auth/me", joon)


@pytest.mark.parametrize(("query", "ended", "status"), [("", 2, 200), ("?this_too=true", 3, 401)])
def test_all_sessions_end_but_this_one_unless_it_is_wanted(
    api: Api, app: App, mina: Person, joon: Person, query: str, ended: int, status: int
) -> None:
    for _ in range(2):
        open_session(app, mina)
    prove(app, mina)
    assert api.post(f"/auth/logout-all{query}", None, mina, status=200) == {"ended": ended}
    api.call("GET", "/auth/me", mina, status=status)
    api.get("/auth/me", joon)


def test_ending_all_takes_a_recent_proof(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Session).values(proved_at=None))
    error = api.post("/auth/logout-all", None, mina, status=403)["error"]
    assert error["code"] == "REAUTHENTICATION_REQUIRED"


def test_reading_is_noted_as_a_use_some_minutes_after_the_last(
    api: Api, app: App, mina: Person, clock: FixedClock, owner_engine: sa.Engine
) -> None:
    began = used_at(owner_engine, mina.session_id)
    for minutes, expected in ((4, began), (6, None), (10, None), (12, None)):
        clock.moment = began + timedelta(minutes=minutes)
        app.value(SessionCache).clear()
        app.value(SessionUses)._last_flush = float("-inf")
        api.get("/auth/me", mina)
        last = used_at(owner_engine, mina.session_id)
        assert clock.now() - last < EXACT_TO
        assert expected is None or last == expected
    assert last == began + timedelta(minutes=12)


def test_uses_are_written_together_after_the_connections_were_given_back(
    api: Api, app: App, mina: Person, joon: Person, clock: FixedClock, owner_engine: sa.Engine
) -> None:
    held: list[int] = []

    def note(connection: sa.Connection, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE sessions SET last_used_at"):
            held.append(app.engines.reads.pool.checkedout())  # type: ignore[attr-defined]  # QueuePool

    uses = app.value(SessionUses)
    uses.flush()
    clock.moment += timedelta(hours=1)
    sa.event.listen(app.engines.writes, "before_cursor_execute", note)
    try:
        api.get("/auth/me", mina)  # the last flush is not long enough ago
        assert held == []
        uses._last_flush = float("-inf")
        api.get("/auth/me", joon)
    finally:
        sa.event.remove(app.engines.writes, "before_cursor_execute", note)
    assert held == [0]
    for who in (mina, joon):
        assert used_at(owner_engine, who.session_id) == clock.now()


def test_noting_a_use_never_waits_for_who_is_ending_the_session(
    api: Api, app: App, mina: Person, clock: FixedClock, owner_engine: sa.Engine
) -> None:
    began = used_at(owner_engine, mina.session_id)
    uses = app.value(SessionUses)
    clock.moment += timedelta(hours=1)
    uses.note(mina.session_id, began, clock.now())
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Session).values(revoked_at=clock.now()))
        uses.flush()
    assert used_at(owner_engine, mina.session_id) == began
