"""The door: who may open a socket, and the step from a request to a conversation."""

import socket
from base64 import b64decode
from collections.abc import Callable
from functools import partial

from pydantic import BaseModel, ValidationError
from pyramid.config import Configurator
from pyramid.response import Response

from web.core.api import field_problems
from web.core.errors import (
    BadRequest,
    Forbidden,
    MethodNotAllowed,
    Unauthenticated,
    Unavailable,
    ValidationFailed,
)
from web.core.requests import Request
from web.core.security import GRANTS, Permission, SessionDirectory, refuse
from web.core.tickets import Holder, Tickets
from web.core.upgrades import CONVERSATION
from web.realtime.connection import Connection
from web.realtime.errors import TooManySockets, UpgradeRequired
from web.realtime.hub import Hub
from web.realtime.protocol import Protocol, Seq

VERSION = "13"
NONCE_BYTES = 16
MOST_PER_MEMBER = 20  # sockets of one member in one process

# The whole account, under every name that clients use; addresses of single channels come with their features.
PATHS = "/{prefix:(?:api/v1/)?}ws{rest:(?:/notifications)?/?}"


class UpgradeQuery(BaseModel):
    """What an upgrade may say about where to go on."""

    last_seq: Seq | None = None


def open_socket(request: Request) -> Response:
    """Agree to an upgrade; the server takes it from here.

    Raises:
        UpgradeRequired, MethodNotAllowed, BadRequest: not an upgrade.
        Unauthenticated, Forbidden: nobody, or from a foreign page.
        ValidationFailed, TooManySockets, Unavailable
    """
    if request.method != "GET":
        raise MethodNotAllowed(headers={"Allow": "GET"})
    _require_handshake(request)
    holder = identify(request)
    hub: Hub = request.registry.hub
    if hub.stopping:
        raise Unavailable(headers={"Retry-After": "2"})
    if hub.count(holder.member_id) >= MOST_PER_MEMBER:
        raise TooManySockets()
    query = _query(request)
    request.environ[CONVERSATION] = partial(_converse, hub, request.registry.protocol, holder, query.last_seq)
    return Response(status=101)


def _require_handshake(request: Request) -> None:
    """Check what the client's half of the handshake must say (RFC 6455 §4.2.1)."""
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


def _converse(
    hub: Hub,
    protocol: Protocol,
    holder: Holder,
    last_seq: int | None,
    sock: socket.socket,
    read: Callable[[int], bytes],
) -> None:
    connection = Connection(sock, read, holder.member_id, holder.session_id)
    hub.serve(connection, last_seq, protocol.handle)


def identify(request: Request) -> Holder:
    """Who asks: by single-use ticket, access token (header or ``?token=``) or the pages' cookie.

    Raises:
        Unauthenticated, Forbidden
    """
    if "ticket" in request.GET:
        holder: Holder | None = request.services[Tickets].take(request.GET["ticket"])
        if holder is None or not request.services[SessionDirectory].live({holder.session_id}):
            raise Unauthenticated()
        return holder
    if "token" in request.GET:
        request.headers["Authorization"] = f"Bearer {request.GET['token']}"
    identity = request.identity
    if identity is None:
        raise Unauthenticated()
    if identity.member_id is None or not identity.roles & GRANTS[Permission.READ]:
        raise refuse(request)
    if identity.via == "cookie":
        _require_own_page(request)
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
    """The one route of this process."""
    config.add_route("socket", PATHS)
    config.add_view(open_socket, route_name="socket", permission=Permission.PUBLIC.value, require_csrf=False)
