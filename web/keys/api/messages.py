"""Routes of sealed messages."""

from web.core.api import Routes
from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.pagination import Page
from web.core.requests import Request
from web.core.security import Permission
from web.keys import queries
from web.keys.errors import DevicesChanged, KeyExchangeNeeded, NoDevices, SelfExchange
from web.keys.messages import SecretMessageService
from web.keys.schemas import (
    NewSecretMessage,
    SecretItem,
    SecretItemQuery,
    SecretMessage,
    SecretPath,
    SecretQuery,
)

routes = Routes("secret_messages")


@routes.post(
    "/secret-messages",
    permission=Permission.MESSAGE,
    errors=(SelfExchange, KeyExchangeNeeded, NoDevices, DevicesChanged, NotFound),
    seeds="003 6 POST /messages/send",
)
def send(request: Request, body: NewSecretMessage) -> SecretMessage:
    """Send a sealed message, one copy for each device; the same ``client_id`` again is the same message."""
    return request.services[SecretMessageService].send(request.member_id, body)


@routes.get(
    "/secret-messages",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    seeds="003 6",
)
def messages(request: Request, query: SecretQuery) -> Page[SecretItem]:
    """What the caller and a member wrote each other in the last 90 days, newest first."""
    return queries.messages(request.db, request.member_id, request.services[Clock].now(), query)


@routes.get(
    "/secret-messages/{secret_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound,),
    seeds="003 6 GET /messages/{id}",
)
def message(request: Request, path: SecretPath, query: SecretItemQuery) -> SecretItem:
    """One message of the caller's, such as a notification or a frame named."""
    now = request.services[Clock].now()
    return queries.message(request.db, request.member_id, path.secret_id, query.device_id, now)


@routes.put(
    "/secret-messages/{secret_id}/delivered",
    permission=Permission.MESSAGE,
    status=204,
    errors=(NotFound,),
    seeds="003 6 POST /messages/{id}/delivered",
)
def mark_delivered(request: Request, path: SecretPath) -> None:
    """Note that a message to the caller has arrived."""
    request.services[SecretMessageService].mark_delivered(request.member_id, path.secret_id)


@routes.put(
    "/secret-messages/{secret_id}/read",
    permission=Permission.MESSAGE,
    status=204,
    errors=(NotFound,),
    seeds="003 6 POST /messages/{id}/read",
)
def mark_read(request: Request, path: SecretPath) -> None:
    """Note that the caller has read a message."""
    request.services[SecretMessageService].mark_read(request.member_id, path.secret_id)
