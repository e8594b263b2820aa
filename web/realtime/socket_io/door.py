"""The door: from a request to a socket that may come in, and what is made of what it says.

A client proves who it is either with the request, as on ``/ws``, or in its first packet (``auth``), as is the
custom among clients of Socket.IO. Until then it is a stranger: there are not many of them, fewer from one
address, and not for long.
"""

import socket
from collections import Counter
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Annotated

import gevent
import structlog
from engineio.packet import CLOSE, OPEN
from gevent import Greenlet
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from pyramid.response import Response
from socketio.packet import ACK, CONNECT, DISCONNECT

from web.core.api import field_problems
from web.core.app import App
from web.core.db import give_back
from web.core.errors import BadRequest, DomainError, Unauthenticated, Unavailable, ValidationFailed
from web.core.requests import Request
from web.core.security import SessionDirectory, identity_of, read_token
from web.core.tickets import Holder
from web.core.upgrades import CONVERSATION
from web.realtime.connection import LARGEST_MESSAGE
from web.realtime.errors import AlreadyConnected, NoSuchNamespace, TooManySockets, TransportUnknown
from web.realtime.frames import UNSUPPORTED
from web.realtime.hub import MOST_PER_MEMBER, PING_SECONDS, Hub
from web.realtime.own_channels import TRY_AGAIN_LATER
from web.realtime.protocol import LARGEST_SEQ
from web.realtime.socket_io import packets
from web.realtime.socket_io.connection import SocketIoConnection
from web.realtime.socket_io.nearby import Nearby
from web.realtime.socket_io.speech import Speech
from web.realtime.upgrade import holder_of, holder_of_ticket, identify, require_handshake
from web.realtime.work import AWAY

log = structlog.get_logger(__name__)

ENGINE = "4"
PLACES = (packets.ROOT, "/ws")  # the second is what io("wss://…/ws"), as in seed 000, asks for
PONG_SECONDS = 25.0  # after a ping was due, until the client believes the server to be gone
STRANGER_SECONDS = 10.0
MOST_STRANGERS = 1000
MOST_OF_ONE_ADDRESS = 50  # strangers; a household, an office or a whole campus may come from one
NORMAL, PROTOCOL_ERROR, TOO_LATE = 1000, 1002, 4408


def _number(given: object) -> object:
    return int(given) if isinstance(given, str) and given.isascii() and given.isdigit() else given


Place = Annotated[int, Field(ge=0, le=LARGEST_SEQ), BeforeValidator(_number)]


class Auth(BaseModel):
    """What a client says when it comes.

    Attributes:
        last_seq: what it has already; clients that keep it themselves.
        pid, offset: the same, as ``socket.io-client`` keeps it by itself.
    """

    token: Annotated[str, Field(max_length=8192)] | None = None
    ticket: Annotated[str, Field(max_length=200)] | None = None
    last_seq: Place | None = None
    pid: str | None = None
    offset: Place | None = None

    def place_of(self, holder: Holder) -> int | None:
        """Where to go on."""
        is_back = self.offset is not None and self.pid == str(holder.member_id)
        return self.offset if is_back else self.last_seq


def open_socket(request: Request) -> Response:
    """Agree to an upgrade; who it is may be said afterwards.

    Raises:
        TransportUnknown, BadRequest: not what Engine.IO 4 does over WebSocket.
        UpgradeRequired, MethodNotAllowed: not an upgrade.
        TooManySockets: too many strangers have come from this address.
        Unavailable: this process stops, or has too many strangers.
    """
    if request.GET.get("transport") != "websocket":
        raise TransportUnknown()
    if request.GET.get("EIO") != ENGINE or "sid" in request.GET:
        raise BadRequest("The protocol is Engine.IO 4, over WebSocket from the beginning.")
    require_handshake(request)
    door: Door = request.registry.socket_io
    # The proxy says which address it is, and replaces what others say (nginx/snippets/proxy.conf).
    origin = origin_of(request.client_addr or "")
    door.require_room(origin)
    given = _given(request)
    door.require_room(origin)  # others have come while that was looked up
    request.environ[CONVERSATION] = partial(door.open, origin, given)
    return Response(status=101)


def origin_of(address: str) -> str:
    """What strangers are counted by: an address, or in IPv6 the network of 64 bits that one household has."""
    try:
        ip = ip_address(address)
    except ValueError:  # a proxy before this one that speaks of something else
        return address
    if not isinstance(ip, IPv6Address):
        return address
    return str(ip.ipv4_mapped or IPv6Network((ip.packed, 64), strict=False))


def _given(request: Request) -> Holder | DomainError:
    """Who the request alone says that it is, or why it does not say so."""
    try:
        with request.registry.hub.work.line:
            return identify(request)
    except DomainError as error:
        return error
    finally:
        give_back(request.db)


@dataclass(frozen=True)
class Stranger:
    """A client that has not come in yet.

    Attributes:
        origin: where it comes from.
        deadline: ends it if it does not come in.
    """

    origin: str
    deadline: "Greenlet[[int, str], None]"


class Door:
    """Lets clients in."""

    def __init__(self, hub: Hub, app: App) -> None:
        self._hub = hub
        self._keys = app.keys
        self._nearby = Nearby(hub)
        self._speech = Speech(hub, self._nearby)
        self._strangers: dict[SocketIoConnection, Stranger] = {}
        self._by_origin: Counter[str] = Counter()

    def require_room(self, origin: str) -> None:
        """Check that somebody may come now.

        Args:
            origin: where from (:func:`origin_of`).
        Raises:
            TooManySockets, Unavailable
        """
        if self._hub.stopping or len(self._strangers) >= MOST_STRANGERS:
            raise Unavailable(headers={"Retry-After": "2"})
        if self._by_origin[origin] >= MOST_OF_ONE_ADDRESS:
            raise TooManySockets(headers={"Retry-After": "2"})

    def open(self, origin: str, given: Holder | DomainError, sock: socket.socket, early: bytes) -> None:
        """Begin to talk with a stranger.

        Args:
            origin: where it comes from (:func:`origin_of`).
            given: who it is, if the client does not say so itself; an error is what it is refused with.
        """
        connection = SocketIoConnection(sock, early)
        deadline = gevent.spawn_later(STRANGER_SECONDS, connection.close, TOO_LATE, "too late")
        self._strangers[connection] = Stranger(origin, deadline)
        self._by_origin[origin] += 1
        connection.say(
            packets.engine_text(
                OPEN,
                {
                    "sid": connection.caller.connection_id,
                    "upgrades": [],
                    "pingInterval": round(PING_SECONDS * 1000),
                    "pingTimeout": round(PONG_SECONDS * 1000),
                    "maxPayload": LARGEST_MESSAGE,
                },
            )
        )
        connection.start(partial(self._hear, connection, given), partial(self._gone, connection))

    def _hear(self, connection: SocketIoConnection, given: Holder | DomainError, said: str | bytes) -> None:
        """Understand one message of a client's."""
        if isinstance(said, bytes):
            connection.close(UNSUPPORTED)
            return
        try:
            packet = packets.read(said)
        except packets.Malformed:
            connection.close(PROTOCOL_ERROR, "parse error")
            return
        if isinstance(packet, int):
            if packet == CLOSE:
                connection.close(NORMAL)
        elif packet.packet_type == CONNECT:
            self._come_in(connection, given, packet)
        elif packet.place != connection.place or packet.packet_type == ACK:
            pass  # meant for a connection that there is not, or not any more; nothing here asks for an answer
        elif packet.packet_type == DISCONNECT:
            connection.close(NORMAL)
        else:
            self._speech.hear(connection, packet)

    def _come_in(
        self, connection: SocketIoConnection, given: Holder | DomainError, packet: packets.Packet
    ) -> None:
        try:
            if connection.place is not None:
                raise AlreadyConnected()
            if packet.place not in PLACES:
                raise NoSuchNamespace()
            auth = Auth.model_validate(packet.data or {})
            holder = self._identify(auth, given)
            if self._hub.count(holder.member_id) >= MOST_PER_MEMBER:
                raise TooManySockets()
        except ValidationError as error:
            _refuse(connection, packet, ValidationFailed(fields=field_problems(error)))
        except AWAY as error:  # a client that is refused would not come again by itself
            log.warning("socket_io_postponed", error=str(error).splitlines()[0])
            connection.close(TRY_AGAIN_LATER, "try again")
        except DomainError as error:
            _refuse(connection, packet, error)
        else:
            self._admit(connection, holder, packet.place, auth.place_of(holder))

    def _identify(self, auth: Auth, given: Holder | DomainError) -> Holder:
        if auth.token is None and auth.ticket is None:
            if isinstance(given, DomainError):
                raise given
            return given
        with self._hub.work.reading() as services:
            if auth.ticket is not None:
                return holder_of_ticket(services, auth.ticket)
            credential = read_token(self._keys, (auth.token or "").removeprefix("Bearer ").strip())
            if credential is None:
                raise Unauthenticated("The access token is not valid, or not any more.")
            return holder_of(identity_of(credential, services[SessionDirectory]))

    def _admit(
        self, connection: SocketIoConnection, holder: Holder, place: str, last_seq: int | None
    ) -> None:
        self._forget(connection)
        if self._hub.stopping or connection.closing:
            connection.close(TRY_AGAIN_LATER, "try again")
            return
        connection.admit(holder, place, last_seq)
        connection.on_message_from = partial(self._nearby.come_closer, connection)
        self._hub.admit(connection, last_seq, lambda _: gevent.spawn(self._nearby.begin, connection))

    def _forget(self, connection: SocketIoConnection) -> None:
        """It is no stranger any more."""
        stranger = self._strangers.pop(connection, None)
        if stranger is None:
            return
        stranger.deadline.kill(block=False)
        self._by_origin[stranger.origin] -= 1
        if not self._by_origin[stranger.origin]:
            del self._by_origin[stranger.origin]

    def _gone(self, connection: SocketIoConnection) -> None:
        self._forget(connection)
        if connection.place is not None:
            self._hub.let_go(connection)


def _refuse(connection: SocketIoConnection, packet: packets.Packet, error: DomainError) -> None:
    """Say why; a client that has come in by another namespace stays there."""
    details = {"code": error.code, "status": error.status, "details": error.details}
    connection.say(packets.refused(packet.place, {"message": error.message, "data": details}))
    if connection.place is None:
        connection.close(NORMAL, "refused")
