"""The door: who may open a socket, and the step from a request to a conversation."""

import socket
from base64 import b64decode
from collections.abc import Mapping
from functools import partial

from pydantic import BaseModel, ValidationError
from pyramid.config import Configurator
from pyramid.response import Response

from web.core.api import UUID_PATTERN, field_problems
from web.core.db import give_back
from web.core.errors import (
    BadRequest,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    Unauthenticated,
    Unavailable,
    ValidationFailed,
)
from web.core.requests import Request
from web.core.security import GRANTS, Identity, Permission, SessionDirectory, refusal
from web.core.services import Services
from web.core.tickets import Holder, Tickets
from web.core.topics import Caller
from web.core.upgrades import CONVERSATION
from web.realtime.connection import Connection
from web.realtime.errors import TooManySockets, UpgradeRequired
from web.realtime.hub import MOST_PER_MEMBER, Hub
from web.realtime.protocol import Protocol, Seq
from web.realtime.work import AWAY

VERSION = "13"
NONCE_BYTES = 16
PREFIX = "/{prefix:(?:api/v1/)?}ws"

# The whole account, under every name that clients use.
ACCOUNT_PATHS = PREFIX + "{rest:(?:/notifications|/chat)?/?}"
# The same, with the topic entered at once that the address names.
TOPIC_PATHS: Mapping[str, str] = {
    "chat": "conversation",
    "open-chat": "room",
    "anonymous-chat": "match",
}
OWN_TOPIC_PATHS: Mapping[str, str] = {"matching": "matching"}  # whose id is the member's own


class UpgradeQuery(BaseModel):
    """What an upgrade may say about where to go on."""

    last_seq: Seq | None = None


def open_socket(request: Request) -> Response:
    """Agree to an upgrade; the server takes it from here.

    Raises:
        UpgradeRequired, MethodNotAllowed, BadRequest: not an upgrade.
        Unauthenticated, Forbidden: nobody, or from a foreign page.
        DomainError: the topic of the address is not open to this member.
        ValidationFailed, TooManySockets, Unavailable
    """
    require_handshake(request)
    hub: Hub = request.registry.hub
    if hub.stopping:
        raise Unavailable(headers={"Retry-After": "2"})
    query = _query(request)
    with hub.work.line:
        holder = identify(request)
        topic = _topic(request, holder)
        if topic is not None:
            _require_topic(request, topic, holder)
        give_back(request.db)
    if hub.count(holder.member_id) >= MOST_PER_MEMBER:
        raise TooManySockets()
    request.environ[CONVERSATION] = partial(
        _converse, hub, request.registry.protocol, holder, query.last_seq, topic
    )
    return Response(status=101)


def require_handshake(request: Request) -> None:
    """Check what the client's half of the handshake must say (RFC 6455 §4.2.1).

    Raises:
        MethodNotAllowed, UpgradeRequired, BadRequest
    """
    if request.method != "GET":
        raise MethodNotAllowed(headers={"Allow": "GET"})
    headers = request.headers
    is_upgrade = headers.get("Upgrade", "").lower() == "websocket"
    if not is_upgrade or headers.get("Sec-WebSocket-Version") != VERSION:
        answer = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": VERSION}
        raise UpgradeRequired(headers=answer)
    try:
        nonce = b64decode(headers.get("Sec-WebSocket-Key", ""), validate=True)
    except ValueError:
        nonce = b""
    connection = headers.get("Connection", "").lower()
    if len(nonce) != NONCE_BYTES or "upgrade" not in connection or request.http_version != "HTTP/1.1":
        raise BadRequest("The WebSocket handshake is not complete.")


def _topic(request: Request, holder: Holder) -> str | None:
    """The topic that the address names, if it names one."""
    path = request.matchdict.get("path")
    if path in OWN_TOPIC_PATHS:
        return f"{OWN_TOPIC_PATHS[path]}:{holder.member_id}"
    return f"{TOPIC_PATHS[path]}:{request.matchdict['topic_id'].lower()}" if path else None


def _require_topic(request: Request, topic: str, holder: Holder) -> None:
    """Refuse at the door, where an answer has a status.

    Raises:
        DomainError: as the topic says; ``NotFound`` when there is none; ``Unavailable``.
    """
    found = request.app.topics.find(topic)
    if found is None:
        raise NotFound()
    kind, topic_id = found
    try:
        kind.enter(request.services, Caller(holder.member_id, holder.session_id, ""), topic_id)
    except AWAY as error:
        raise Unavailable(headers={"Retry-After": "2"}) from error


def _converse(
    hub: Hub,
    protocol: Protocol,
    holder: Holder,
    last_seq: int | None,
    topic: str | None,
    sock: socket.socket,
    early: bytes,
) -> None:
    connection = Connection(sock, early, holder.member_id, holder.session_id, topic or "user:me")
    hub.serve(connection, last_seq, protocol.open, protocol.handle)


def identify(request: Request) -> Holder:
    """Who asks: by single-use ticket, access token (header or ``?token=``) or the pages' cookie.

    Raises:
        Unauthenticated, Forbidden
    """
    if "ticket" in request.GET:
        return holder_of_ticket(request.services, request.GET["ticket"])
    if "token" in request.GET:
        request.headers["Authorization"] = f"Bearer {request.GET['token']}"
    holder = holder_of(request.identity)
    if request.identity.via == "cookie":
        _require_own_page(request)
    return holder


def holder_of_ticket(services: Services, ticket: str) -> Holder:
    """Who holds a ticket, which is used up by this.

    Raises:
        Unauthenticated, Unavailable
    """
    holder = services[Tickets].take(ticket)
    if holder is None or not services[SessionDirectory].live({holder.session_id}):
        raise Unauthenticated()
    return holder


def holder_of(identity: Identity | None) -> Holder:
    """Who a caller is, if they may have a socket.

    Raises:
        Unauthenticated: nobody.
        DomainError: not a member, or one whose account stands otherwise, and how.
    """
    if identity is None:
        raise Unauthenticated()
    if identity.member_id is None or not identity.roles & GRANTS[Permission.READ]:
        raise refusal(identity.standing, identity.suspended_until) or Forbidden()
    return Holder(identity.member_id, identity.session_id)


def _require_own_page(request: Request) -> None:
    """Browsers send cookies along from any page, and name the page; no other check stands between."""
    settings = request.settings
    if request.headers.get("Origin") not in (settings.public_url, *settings.cors_origins):
        raise Forbidden("Sockets are open to Plaza's own pages only.")


def _query(request: Request) -> UpgradeQuery:
    given = request.GET.get("last_seq")
    try:
        return UpgradeQuery(last_seq=int(given) if given else None)
    except ValidationError as error:
        raise ValidationFailed(fields=field_problems(error)) from error
    except ValueError as error:
        raise ValidationFailed(fields=[{"field": "last_seq", "message": "must be a number"}]) from error


def includeme(config: Configurator) -> None:
    """The addresses of the sockets."""
    for name, pattern in (
        ("socket", ACCOUNT_PATHS),
        ("own_topic_socket", f"{PREFIX}/{{path:{'|'.join(OWN_TOPIC_PATHS)}}}{{slash:/?}}"),
        (
            "topic_socket",
            f"{PREFIX}/{{path:{'|'.join(TOPIC_PATHS)}}}/{{topic_id:{UUID_PATTERN}}}{{slash:/?}}",
        ),
    ):
        config.add_route(name, pattern)
        config.add_view(open_socket, route_name=name, permission=Permission.PUBLIC.value, require_csrf=False)
