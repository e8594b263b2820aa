"""Tickets: how a client that cannot send headers with its upgrade (every browser's) proves who it is.

A ticket is good once and for 30 seconds, so that one in a proxy's log is worth nothing. It lives in Valkey
alone; when that is away, so are the sockets.
"""

import secrets
from dataclasses import dataclass
from uuid import UUID

import orjson
import redis
from pydantic import BaseModel
from pyramid.config import Configurator
from pyramid.request import Request

from web.core.api import Routes
from web.core.errors import Unavailable
from web.core.security import Permission
from web.core.signalling import Valkey

LIFETIME = 30  # seconds

routes = Routes("realtime")


@dataclass(frozen=True)
class Holder:
    """Who got a ticket."""

    member_id: UUID
    session_id: UUID


class Tickets:
    """Issues and takes tickets."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey

    def issue(self, holder: Holder) -> str:
        """A new ticket.

        Raises:
            Unavailable: there is nowhere to keep it.
        """
        ticket = secrets.token_urlsafe(32)
        value = orjson.dumps([holder.member_id, holder.session_id])
        try:
            self._valkey.client.set(self._valkey.key("ticket", ticket), value, ex=LIFETIME)
        except redis.RedisError as error:
            raise Unavailable(headers={"Retry-After": "5"}) from error
        return ticket

    def take(self, ticket: str) -> Holder | None:
        """Who holds a ticket, which is used up by this; None for one that is used, expired or made up.

        Raises:
            Unavailable: it cannot be looked up.
        """
        try:
            value = self._valkey.client.getdel(self._valkey.key("ticket", ticket))
        except redis.RedisError as error:
            raise Unavailable(headers={"Retry-After": "5"}) from error
        if value is None:
            return None
        member_id, session_id = orjson.loads(value)
        return Holder(UUID(member_id), UUID(session_id))


class Ticket(BaseModel):
    """A ticket for one socket."""

    ticket: str
    expires_in: int


@routes.post(
    "/ws/ticket", permission=Permission.READ, issues_tokens=True, errors=(Unavailable,), seeds="sockets"
)
def ticket(request: Request) -> Ticket:
    """A single-use ticket for ``/ws?ticket=…``, good for 30 seconds.

    Clients of Socket.IO give it, or an access token, as ``auth: {ticket}`` or ``auth: {token}``; they connect
    to ``/socket.io`` with ``transports: ["websocket"]``.
    """
    holder = Holder(request.member_id, request.identity.session_id)
    return Ticket(ticket=request.services[Tickets].issue(holder), expires_in=LIFETIME)


def includeme(config: Configurator) -> None:
    """The service and the route ``POST /api/v1/ws/ticket``."""
    config.registry.app.add_service(Tickets)
    config.add_api(routes)
