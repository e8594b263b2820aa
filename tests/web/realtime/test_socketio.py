"""Socket.IO packet by packet: who comes in, what is answered, what is too much."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import gevent
import httpx
import orjson
import pytest
import socketio
import websocket

from pipelines.relay import Relay
from tests.eventually import eventually
from tests.factories import Person, bearer, make_dashboard, make_room
from tests.programs import Realtime
from tests.web.conftest import Api
from tests.web.realtime.conftest import TIMEOUT
from tests.web.realtime.test_door import session_cookie
from tests.web.realtime.test_replay import emit, put_into_inbox
from web.core.app import App
from web.core.followers import Followers
from web.core.ids import new_id
from web.core.security import COOKIE
from web.messaging.service import MessagingService
from web.realtime.frames import encode_text
from web.realtime.hub import Hub
from web.realtime.socket_io import door, packets

ADDRESS = "/socket.io/"
PING = "2"
OPTIONS = {"EIO": "4", "transport": "websocket"}
FROM_A_CAMPUS, FROM_ELSEWHERE = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}


class Client:
    """Speaks Socket.IO by hand."""

    def __init__(self, raw: websocket.WebSocket) -> None:
        self.raw = raw
        self.greeting: list[Any] = []

    def read(self) -> Any:
        """The next packet, without its numbers: Engine.IO's greeting, or what Socket.IO's carries."""
        while (text := self.raw.recv()) == PING:
            """The server may ask for a sign of life at any time."""
        return orjson.loads(text.lstrip("0123456789"))

    def say(self, text: str) -> None:
        """Send a packet as it is."""
        self.raw.send(text)

    def come_in(self, **auth: Any) -> Any:
        """Ask to be let in; what is answered."""
        self.say("40" + orjson.dumps(auth).decode())
        return self.read()

    def ask(self, event: str, **data: Any) -> Any:
        """Say something; what is answered, past what is told."""
        self.say("427" + orjson.dumps([event, data]).decode())
        while not (text := self.raw.recv()).startswith("437"):
            pass
        return orjson.loads(text[3:])[0]

    def told(self, name: str) -> list[Any]:
        """What else the next event of this name says."""
        while (event := self.read())[0] != name:
            pass
        told: list[Any] = event[1:]
        return told

    def close_code(self) -> int:
        """Read on to the end; the code that the server closed with."""
        while True:
            opcode, data = self.raw.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(data[:2])


Connect = Callable[..., Client]


@pytest.fixture
def connect(realtime: Realtime) -> Iterator[Connect]:
    """Opens sockets of strangers, with the greeting of Engine.IO read."""
    with ExitStack() as sockets:

        def connect(header: dict[str, str] | None = None, sockopt: Any = None, **query: Any) -> Client:
            raw = websocket.create_connection(
                realtime.address(ADDRESS, **{**OPTIONS, **query}),
                header=header or {},
                timeout=TIMEOUT,
                suppress_origin=True,
                sockopt=sockopt,
            )
            sockets.callback(raw.shutdown)
            client = Client(raw)
            greeting = client.read()
            assert (greeting["upgrades"], greeting["pingInterval"], greeting["maxPayload"]) == (
                [],
                20000,
                16384,
            )
            return client

        yield connect


@pytest.fixture
def join(connect: Connect) -> Connect:
    """Opens sockets of members, in and greeted."""

    def join(who: Person, sockopt: Any = None, **auth: Any) -> Client:
        client = connect(sockopt=sockopt)
        assert client.come_in(token=token_of(who), **auth)["pid"] == str(who.id)
        client.greeting = client.told("connected")
        return client

    return join


@pytest.fixture
def chat(app: App, mina: Person, joon: Person) -> UUID:
    """Mina's and Joon's conversation, in which nothing was said."""
    with app.work() as services:
        return services[MessagingService].start_direct(mina.id, joon.id)


def token_of(who: Person) -> str:
    return who.headers["Authorization"].removeprefix("Bearer ")


def answer(realtime: Realtime, **query: Any) -> Any:
    """What a request that is no upgrade is answered."""
    return httpx.get(f"{realtime.url}{ADDRESS}", params=query, trust_env=False)


# Coming in


def test_long_polling_is_refused_with_a_hint(realtime: Realtime) -> None:
    polling = answer(realtime, EIO=4, transport="polling")
    assert (polling.status_code, polling.json()["error"]["code"]) == (400, "TRANSPORT_UNKNOWN")
    assert 'transports: ["websocket"]' in polling.json()["error"]["message"]
    assert answer(realtime, EIO=3, transport="websocket").json()["error"]["code"] == "BAD_REQUEST"
    assert answer(realtime, **OPTIONS, sid="x").json()["error"]["code"] == "BAD_REQUEST"
    assert answer(realtime, **OPTIONS).status_code == 426


def test_a_client_proves_who_it_is_in_either_way(connect: Connect, api: Api, mina: Person) -> None:
    pid = str(mina.id)
    ticket = api.post("/ws/ticket", who=mina)["ticket"]
    assert connect().come_in(token=token_of(mina))["pid"] == pid
    assert connect().come_in(ticket=ticket)["pid"] == pid
    assert connect().come_in(ticket=ticket)["data"]["code"] == "UNAUTHENTICATED"
    assert connect(header=mina.headers).come_in()["pid"] == pid
    assert connect(token=token_of(mina)).come_in()["pid"] == pid
    assert connect(token="nonsense").come_in()["data"]["code"] == "UNAUTHENTICATED"
    assert connect(token="nonsense").come_in(token=token_of(mina))["pid"] == pid


def test_a_cookie_counts_from_our_own_pages_only(
    connect: Connect, browser: Any, app: App, wsgi: Any, mina: Person
) -> None:
    cookie = {"Cookie": f"{COOKIE}={session_cookie(wsgi, mina)}"}
    ours, foreign = (
        {**cookie, "Origin": origin} for origin in (app.settings.public_url, "https://else.example")
    )
    assert connect(header=ours).come_in()["pid"] == str(mina.id)
    assert connect(header=foreign).come_in()["data"]["code"] == "FORBIDDEN"
    assert connect(header=cookie).come_in()["data"]["code"] == "FORBIDDEN"


def test_tokens_for_other_purposes_open_no_socket(connect: Connect, app: App, mina: Person) -> None:
    for person in (make_dashboard(app).headers, bearer(app, str(mina.id), mina.session_id, "page")):
        token = person["Authorization"].removeprefix("Bearer ")
        assert connect().come_in(token=token)["data"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("auth", [{"token": 7}, {"token": "x" * 9000}, {"last_seq": -1}, {"offset": "²"}])
def test_what_cannot_be_read_is_refused(connect: Connect, mina: Person, auth: dict[str, Any]) -> None:
    client = connect()
    assert client.come_in(**{"token": token_of(mina), **auth})["data"]["code"] == "VALIDATION_FAILED"
    assert client.close_code() == 1000


def test_one_member_cannot_take_all_the_sockets(join: Connect, connect: Connect, mina: Person) -> None:
    clients = [join(mina) for _ in range(20)]
    assert connect().come_in(token=token_of(mina))["data"]["code"] == "TOO_MANY_SOCKETS"
    assert clients[-1].ask("ping") == {"ok": {}}


def test_a_connection_has_one_namespace(join: Connect, mina: Person) -> None:
    client = join(mina)
    client.say("40/ws,{}")
    assert client.raw.recv().startswith("44/ws,")
    assert client.ask("ping") == {"ok": {}}


def test_a_stranger_does_not_stay(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "STRANGER_SECONDS", 0.01)
    here = door.Door(Hub(app), app)
    server, client = socket.socketpair()
    with server, client:
        client.settimeout(10)
        here.open("203.0.113.7", door.Unauthenticated(), server, b"")
        assert b"pingInterval" in client.recv(1000)
        with gevent.Timeout(10):
            while not (said := _receive(client)):
                gevent.sleep(0.005)
        assert int.from_bytes(said[2:4]) == door.TOO_LATE


def test_one_address_cannot_take_all_the_places_of_strangers(connect: Connect, mina: Person) -> None:
    crowd = [connect(FROM_A_CAMPUS) for _ in range(door.MOST_OF_ONE_ADDRESS)]
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        connect(FROM_A_CAMPUS)
    assert refusal.value.status_code == 429
    assert refusal.value.resp_headers is not None
    assert refusal.value.resp_headers["retry-after"] == "2"
    connect(FROM_ELSEWHERE)
    assert crowd[0].come_in(token=token_of(mina))["pid"] == str(mina.id)  # who comes in is no stranger
    connect(FROM_A_CAMPUS)
    crowd[1].raw.close()
    eventually(lambda: connect(FROM_A_CAMPUS))


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_one_household_is_one_origin(address: str, origin: str) -> None:
    assert door.origin_of(address) == origin


def _receive(client: socket.socket) -> bytes:
    client.setblocking(False)
    try:
        return client.recv(1000)
    except BlockingIOError:
        return b""


def test_the_client_of_python_socketio_comes_in(realtime: Realtime, mina: Person) -> None:
    with socketio.SimpleClient() as client:
        client.connect(realtime.url, auth={"token": token_of(mina)}, transports=["websocket"])
        assert client.call("ping", {}, timeout=TIMEOUT) == {"ok": {}}


# Speaking


def test_what_is_no_packet_ends_the_socket(connect: Connect, join: Connect, mina: Person) -> None:
    for text in (
        "",
        "x",
        "9",
        "4",
        "4x",
        "42",
        "42{}",
        "42[]",
        "42[7]",
        "42[",
        '451-["a"]',
        "44",
        "4" + "[" * 9000,
    ):
        client = join(mina)
        client.say(text)
        assert client.close_code() == 1002, text
    client = connect()
    client.raw.send_binary(b"x")
    assert client.close_code() == 1003
    client = connect()
    client.say("42" + "x" * 17_000)
    assert client.close_code() == 1009


def test_what_a_stranger_says_is_not_heard(connect: Connect, mina: Person) -> None:
    client = connect()
    client.say('420["ping",{}]')
    assert client.come_in(token=token_of(mina))["pid"] == str(mina.id)  # the next thing that is said


def test_errors_are_answered(join: Connect, mina: Person) -> None:
    client = join(mina)
    assert client.ask("nonsense")["error"]["code"] == "UNKNOWN_MESSAGE"
    assert client.ask("message", conversationId="x", message="hi")["error"]["code"] == "NOT_FOUND"
    assert client.ask("online_status", userIds="x")["error"]["code"] == "VALIDATION_FAILED"
    client.say('42["nonsense"]')
    (error,) = client.told("error")
    assert error["code"] == "UNKNOWN_MESSAGE"


def test_all_that_our_own_protocol_has_is_there(join: Connect, mina: Person, joon: Person) -> None:
    client, topic = join(mina), f"stage:{new_id()}"
    assert client.ask("subscribe", channel=topic)["ok"]["seq"] == 0
    assert client.ask("say", channel=topic, text="hello", quietly=True) == {"ok": {"seq": 1}}
    join_again = join(mina)
    assert join_again.ask("subscribe", channel=topic, last_seq=0)["ok"]["seq"] == 1
    data, meta = join_again.told("said")
    assert (data, meta) == ({"text": "hello"}, {"event": "said", "channel": topic, "seq": 1})
    members = client.ask("online_status", userIds=[str(joon.id)])["ok"]["members"]
    assert [member["user_id"] for member in members] == [str(joon.id)]


def test_who_talks_has_that_conversation_open_and_no_other(
    join: Connect, app: App, chat: UUID, mina: Person, joon: Person, sora: Person
) -> None:
    followers = Followers(app.valkey)
    with app.work() as services:
        other = services[MessagingService].start_direct(mina.id, sora.id)
    client = join(mina)
    eventually(lambda: client.ask("typing_start", conversationId=str(chat)) == {"ok": {}})
    assert followers.of(f"conversation:{chat}") == {mina.id}
    assert client.ask("message", conversation_id=str(other), content="hi")["ok"]["message"]["body"] == "hi"
    assert followers.of(f"conversation:{other}") == {mina.id}
    eventually(lambda: followers.of(f"conversation:{chat}") == set())
    join(joon).ask("typing_start", conversationId=str(chat))
    assert client.told("typing")[0]["user_id"] == str(joon.id)  # it listens there all the same


def test_who_is_back_in_a_conversation_hears_again_what_happens_there(
    join: Connect, api: Api, app: App, relay: Relay, mina: Person, joon: Person
) -> None:
    new = {"type": "group", "name": "Runners", "member_ids": [str(mina.id)]}
    group = api.post("/conversations", new, joon)["id"]
    client, other = join(mina), join(joon)
    other.ask("message", conversationId=group, message="hello")
    client.told("message")
    people = f"/conversations/{group}/participants"
    api.delete(f"{people}/{mina.id}", joon, status=204)
    app.valkey.client.client_kill_filter(_type="pubsub")  # hubs look around when they were cut off
    client.told("unsubscribed")
    api.post(people, {"member_ids": [str(mina.id)]}, joon)
    other.ask("message", conversationId=group, message="welcome back")
    while client.told("message")[0]["content"] != "welcome back":
        """That she is back."""

    def is_heard() -> bool:
        for event in ("typing_start", "typing_stop"):
            other.ask(event, conversationId=group)
        client.say('428["ping",{}]')
        while not (text := client.raw.recv()).startswith("438"):
            if '"typing"' in text:
                return True
        return False

    eventually(is_heard)


def test_a_message_sent_again_is_the_same(join: Connect, chat: UUID, mina: Person) -> None:
    client = join(mina)
    data = {"conversationId": str(chat), "clientId": str(new_id()), "message": "once"}
    first, again = (client.ask("message", **data)["ok"]["message"]["id"] for _ in range(2))
    assert first == again


# Being told


def test_a_client_goes_on_where_it_was(join: Connect, app: App, mina: Person, joon: Person) -> None:
    put_into_inbox(app, joon, mina, 5)
    with_own_place = join(mina, last_seq=3)
    seen = [with_own_place.read() for _ in range(2)]
    assert [(event[2]["seq"], event[3]) for event in seen] == [(4, "4"), (5, "5")]
    back = join(mina, pid=str(mina.id), offset="4", last_seq=1)
    assert back.greeting[1]["seq"] == 5
    assert back.greeting[2] == "4"  # as long as the fifth did not come
    assert back.read()[3] == "5"
    somebody_else = join(joon, pid=str(mina.id), offset="4")
    assert somebody_else.greeting[2] == "0"
    ahead = join(mina, last_seq=99)
    _, meta, offset = ahead.told("resync")
    assert (meta["seq"], offset) == (5, "5")


def test_who_does_not_read_is_closed(
    join: Connect, realtime: Realtime, app: App, relay: Relay, mina: Person, joon: Person
) -> None:
    sleeper = join(mina, sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    dropped = 'plaza_sockets_dropped_total{reason="too slow"}'
    before = realtime.metric(dropped)
    while realtime.metric(dropped) == before:
        emit(app, joon, mina, 100)
    assert sleeper.close_code() == 4008


def test_the_heartbeat_is_that_of_engine_io(app: App, mina: Person) -> None:
    server, client = socket.socketpair()
    with server, client:
        client.settimeout(10)
        connection = door.SocketIoConnection(server, b"")
        connection.ping()
        assert client.recv(10) == b"\x81\x012"
        connection.cut()


def test_a_frame_that_cannot_be_told_holds_up_nobody() -> None:
    server, client = socket.socketpair()
    with server, client:
        client.settimeout(10)
        connection = door.SocketIoConnection(server, b"")
        connection.place = "/"
        connection.send(encode_text(b'{"event": "message.new", "channel": "new:1", "data": {}}'))
        connection.ping()
        assert client.recv(10) == b"\x81\x012"
        connection.cut()


def test_packets_are_read_as_they_were_written() -> None:
    written = packets.event("/ws", ["message", {"a": 1}]).decode()
    packet = packets.read(written)
    assert isinstance(packet, packets.Packet)
    assert (packet.place, packet.data, packet.id) == ("/ws", ["message", {"a": 1}], None)
    assert packets.read("3") == 3


# Topics besides conversations


def test_what_is_said_in_a_room_is_told_as_it_is(
    join: Connect, api: Api, app: App, realtime: Realtime, mina: Person, joon: Person
) -> None:
    room_id = make_room(app, mina)
    api.post(f"/rooms/{room_id}/join", None, joon, status=200)
    phone, other = join(mina), join(joon)
    for client in (phone, other):
        assert client.ask("subscribe", channel=f"room:{room_id}")["ok"]["room"]["id"] == str(room_id)
    data = {"client_id": str(new_id()), "body": "hello"}
    said = other.ask("message", channel=f"room:{room_id}", **data)["ok"]["message"]
    while (told := phone.told("message"))[0]["type"] == "system":
        """Who came in."""
    assert (told[0], told[1]["channel"]) == ({**said, "content": "hello"}, f"room:{room_id}")
    assert realtime.process.poll() is None


@pytest.mark.parametrize("event", ["ping", "subscribe", "nonsense"])
def test_what_is_nested_too_deeply_is_answered(join: Connect, mina: Person, event: str) -> None:
    client = join(mina)
    client.say(f'427["{event}",{{"user_ids":' + "[" * 500 + "]" * 500 + "}]")
    while not (answer := client.raw.recv()).startswith("437"):
        assert answer == PING
    assert client.ask("ping") == {"ok": {}}
