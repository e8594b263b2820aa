"""Whoever is shut out is out everywhere within seconds: sockets, the members' API, the analytics API."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from analytics_api.settings import Settings as AnalyticsSettings
from tests.analytics_api.conftest import PREFIX, KeyServer, running_api
from tests.eventually import eventually
from tests.factories import Person
from tests.web.conftest import Api
from tests.web.realtime.conftest import Connect
from web.accounts.service import AccountService
from web.accounts.sessions.service import SessionService
from web.core.app import App
from web.core.devices import NO_DEVICE
from web.core.services import Services

WITHIN_SECONDS = 5.0
Act = Callable[[Services, Person], object]


def log_out(services: Services, who: Person) -> None:
    services[SessionService].revoke(who.session_id)


def log_out_everywhere(services: Services, who: Person) -> None:
    services[SessionService].revoke_all(who.id, "ended_by_member")


def suspend(services: Services, who: Person) -> None:
    until = services[App].clock.now() + timedelta(days=1)
    services[AccountService].suspend(who.id, until, "spam", by=None)


def ban(services: Services, who: Person) -> None:
    services[AccountService].ban(who.id, "spam", by=None)


def deactivate(services: Services, who: Person) -> None:
    services[SessionService].proved(who.session_id)
    services[AccountService].deactivate(who.id, who.session_id)


ACTS = {
    log_out: (401, "UNAUTHENTICATED"),
    log_out_everywhere: (401, "UNAUTHENTICATED"),
    suspend: (403, "ACCOUNT_SUSPENDED"),
    ban: (403, "ACCOUNT_BANNED"),
    deactivate: (403, "ACCOUNT_DEACTIVATED"),
}


@pytest.fixture
def analytics(app: App, environment: dict[str, str], tmp_path: Path) -> Iterator[httpx.Client]:
    """The analytics API as it usually runs, over the database and the keys of the app."""
    key_server = KeyServer(tmp_path)
    key_server.ring = app.keys
    with key_server.running():
        settings = AnalyticsSettings("test", environment["PLAZA_READER_DATABASE_URL"], key_server.url)
        with running_api(settings) as client:
            yield client


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_their_socket_closes_and_their_token_is_refused_by_both_services(
    join: Connect, api: Api, analytics: httpx.Client, app: App, mina: Person, joon: Person, act: Act
) -> None:
    def answers(who: Person) -> int:
        return analytics.get(f"{PREFIX}/streaks/{who.id}", headers=who.headers).status_code

    socket, other_socket = join(mina), join(joon)
    api.get("/auth/me", mina)
    assert answers(mina) not in (401, 403)
    with app.work() as services:
        act(services, mina)
    ended = time.monotonic()
    assert socket.close_code() == 4001
    eventually(lambda: answers(mina) == 401, WITHIN_SECONDS)
    assert time.monotonic() - ended < WITHIN_SECONDS + 1
    status, code = ACTS[act]
    assert api.get("/auth/me", mina, status=status)["error"]["code"] == code
    assert answers(joon) not in (401, 403)
    assert other_socket.ask("ping") == {"ok": {}}


def test_a_socket_closes_when_the_session_of_its_ticket_ends(
    connect: Connect, api: Api, app: App, mina: Person
) -> None:
    socket = connect(ticket=api.post("/ws/ticket", who=mina)["ticket"])
    with app.work() as services:
        services[SessionService].end_copied(mina.session_id, mina.id, NO_DEVICE)
    assert socket.close_code() == 4001
