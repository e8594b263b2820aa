"""Who may open a socket, and what everybody else is answered."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import websocket

from tests.factories import Person, bearer, make_dashboard
from tests.programs import Realtime
from tests.web.conftest import Api
from tests.web.realtime.conftest import Client, Connect
from web.accounts.sessions.service import SessionService
from web.core.app import App
from web.core.security import COOKIE
from web.core.tickets import Holder, Tickets

PATHS = [
    "/ws",
    "/ws/",
    "/ws/chat/",
    "/ws/notifications",
    "/ws/notifications/",
    "/api/v1/ws",
    "/api/v1/ws/notifications",
]


def refused(connect: Connect, *arguments: Any, **options: Any) -> int:
    """The status that an upgrade is refused with."""
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        connect(*arguments, **options)
    return refusal.value.status_code


def greeted(client: Client) -> str:
    """The member that a socket belongs to."""
    member_id: str = client.read()["data"]["user_id"]
    return member_id


@pytest.fixture
def ticket(api: Api) -> Callable[[Person], str]:
    """Gets a ticket as a browser does."""

    def ticket(who: Person) -> str:
        answer = api.post("/ws/ticket", who=who)
        assert answer["expires_in"] == 30
        value: str = answer["ticket"]
        return value

    return ticket


@pytest.mark.parametrize("path", PATHS)
def test_every_path_of_the_account_leads_to_it(connect: Connect, mina: Person, path: str) -> None:
    assert greeted(connect(mina, path)) == str(mina.id)


def test_nobody_is_answered_401_before_the_upgrade(connect: Connect, app: App) -> None:
    assert refused(connect) == 401
    assert refused(connect, token="nonsense") == 401
    assert refused(connect, ticket="nonsense") == 401


def test_a_ticket_is_good_once(connect: Connect, mina: Person, ticket: Callable[[Person], str]) -> None:
    value = ticket(mina)
    assert greeted(connect(ticket=value)) == str(mina.id)
    assert refused(connect, ticket=value) == 401


def test_a_ticket_is_not_good_for_long(app: App, mina: Person, ticket: Callable[[Person], str]) -> None:
    key = app.valkey.key("ticket", ticket(mina))
    assert 0 < app.valkey.client.ttl(key) <= 30


def test_a_ticket_dies_with_its_session(connect: Connect, app: App, mina: Person) -> None:
    value = Tickets(app.valkey).issue(Holder(mina.id, mina.session_id))
    with app.work() as services:
        services[SessionService].revoke(mina.session_id)
    assert refused(connect, ticket=value) == 401


def test_only_members_get_tickets(api: Api, app: App) -> None:
    assert api.post("/ws/ticket", status=401)["error"]["code"] == "UNAUTHENTICATED"
    assert api.post("/ws/ticket", who=make_dashboard(app), status=403)["error"]["code"] == "FORBIDDEN"


def test_a_token_may_be_in_the_address_and_is_never_logged(
    connect: Connect, realtime: Realtime, mina: Person
) -> None:
    token = mina.headers["Authorization"].removeprefix("Bearer ")
    assert greeted(connect(token=token)) == str(mina.id)
    assert refused(connect, token=token + "x") == 401
    assert token not in realtime.log.read_text()


def test_tokens_for_other_purposes_open_no_socket(connect: Connect, app: App, mina: Person) -> None:
    assert refused(connect, make_dashboard(app)) == 403
    page = bearer(app, str(mina.id), mina.session_id, "page")
    assert refused(connect, header=page) == 403


def test_a_cookie_counts_from_our_own_pages_only(
    connect: Connect, browser: Any, app: App, mina: Person, wsgi: Any
) -> None:
    cookie = {"Cookie": f"{COOKIE}={session_cookie(wsgi, mina)}"}
    origin = app.settings.public_url
    assert greeted(connect(header={**cookie, "Origin": origin})) == str(mina.id)
    assert refused(connect, header={**cookie, "Origin": "https://elsewhere.example"}) == 403
    assert refused(connect, header=cookie) == 403


def session_cookie(wsgi: Any, who: Person) -> str:
    """The cookie that the pages would have set."""
    from pyramid.request import Request
    from pyramid.security import remember

    request = Request.blank("/")
    request.registry = wsgi.registry
    (header, *_) = remember(request, str(who.session_id))
    return header[1].split(";")[0].partition("=")[2]


def test_what_is_not_an_upgrade_is_told_so_in_the_envelope(realtime: Realtime, app: App) -> None:
    answer = httpx.get(f"{realtime.url}/ws", headers={"Accept": "text/html"})
    assert answer.status_code == 426
    assert answer.headers["Upgrade"] == "websocket"
    assert answer.json()["error"]["code"] == "UPGRADE_REQUIRED"
    assert httpx.post(f"{realtime.url}/ws").json()["error"]["code"] == "METHOD_NOT_ALLOWED"
    elsewhere = httpx.get(f"{realtime.url}/elsewhere", headers={"Accept": "text/html"})
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("last_seq", ["x", "-1", str(2**63), "1.5"])
def test_a_place_that_is_no_number_is_refused(connect: Connect, mina: Person, last_seq: str) -> None:
    assert refused(connect, mina, last_seq=last_seq) == 422


def test_one_member_cannot_take_all_the_sockets(connect: Connect, mina: Person, joon: Person) -> None:
    sockets = [connect(mina) for _ in range(20)]
    assert refused(connect, mina) == 429
    assert greeted(connect(joon)) == str(joon.id)
    assert greeted(sockets[-1]) == str(mina.id)


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Sec-WebSocket-Key", "c2hvcnQ=", 400),
        ("Sec-WebSocket-Key", "?", 400),
        ("Connection", "keep-alive", 400),
        ("Sec-WebSocket-Version", "12", 426),
        ("Upgrade", "h2c", 426),
    ],
)
def test_a_broken_handshake_is_no_upgrade(
    realtime: Realtime, mina: Person, header: str, value: str, status: int
) -> None:
    whole = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = httpx.get(f"{realtime.url}/ws", headers={**whole, **mina.headers, header: value})
    assert (answer.status_code, answer.json()["error"]["details"]) == (status, {})


def test_elsewhere_there_is_no_socket(connect: Connect, mina: Person) -> None:
    for path in ("/", "/wss", "/ws/notifications/1", "/api/v1/ws/ticket"):
        assert refused(connect, mina, path) == 404
