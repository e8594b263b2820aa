"""Routes of exchanging keys."""

from uuid import UUID

from web.core.api import Routes
from web.core.clock import Clock
from web.core.errors import Forbidden, NotFound, RateLimited
from web.core.pagination import Page
from web.core.requests import Request
from web.core.security import Permission
from web.keys import queries
from web.keys.errors import KeyExchangeCompleted, SelfExchange, UnknownDeviceKey
from web.keys.exchanges import KeyExchangeService
from web.keys.schemas import Exchange, ExchangeAnswer, ExchangePath, ExchangeQuery, NewExchange
from web.messaging.errors import MessagesNotAccepted

routes = Routes("key_exchanges")


@routes.post(
    "/key-exchanges",
    permission=Permission.MESSAGE,
    errors=(SelfExchange, UnknownDeviceKey, MessagesNotAccepted, KeyExchangeCompleted, NotFound, RateLimited),
    seeds="003 6 POST /key-exchange/initiate",
)
def initiate(request: Request, body: NewExchange) -> Exchange:
    """Ask a member to exchange keys; if the member has asked already, this agrees."""
    exchange_id = request.services[KeyExchangeService].initiate(
        request.member_id, body.recipient_id, body.public_key
    )
    return _exchange(request, exchange_id)


@routes.get("/key-exchanges", permission=Permission.MESSAGE, seeds="003 6")
def exchanges(request: Request, query: ExchangeQuery) -> Page[Exchange]:
    """With whom the caller exchanges keys, newest first, with unread counts."""
    return queries.exchanges(request.db, request.member_id, request.services[Clock].now(), query)


@routes.put(
    "/key-exchanges/{exchange_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound, Forbidden, UnknownDeviceKey, KeyExchangeCompleted),
    seeds="003 6 POST /key-exchange/{id}/complete",
)
def complete(request: Request, path: ExchangePath, body: ExchangeAnswer) -> Exchange:
    """Agree to exchange keys with somebody who asked."""
    request.services[KeyExchangeService].complete(request.member_id, path.exchange_id, body.public_key)
    return _exchange(request, path.exchange_id)


@routes.delete(
    "/key-exchanges/{exchange_id}", permission=Permission.MESSAGE, errors=(NotFound,), seeds="003 6"
)
def end(request: Request, path: ExchangePath) -> None:
    """Take back what one asked, decline what one was asked, or end what both agreed to."""
    request.services[KeyExchangeService].end(request.member_id, path.exchange_id)


def _exchange(request: Request, exchange_id: UUID) -> Exchange:
    return queries.exchange(request.db, exchange_id, request.member_id, request.services[Clock].now())
