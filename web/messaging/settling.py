"""What a member was told of messages is read, too, once they have dealt with the conversation."""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from web.core.events import Happened, Subscribers
from web.core.refs import Ref
from web.core.services import Services
from web.messaging.events import ConversationChanged, ConversationRead, PlaceChanged
from web.messaging.queries.places import places_for
from web.notifications.service import MESSAGE, MESSAGE_REQUEST, NotificationService

ENDS_IT: Final = frozenset({"accepted", "left"})  # changes of a place after which nothing waits there


def register(subscribers: Subscribers) -> None:
    """Follow what members do with their conversations."""
    subscribers.on(ConversationRead, settle_read)
    subscribers.on(PlaceChanged, settle_place)
    subscribers.on(ConversationChanged, settle_departure)


def settle_read(services: Services, happened: Happened[ConversationRead]) -> None:
    """Whoever has read all of it has nothing at the bell any more; of what is left it goes on telling."""
    mine = (happened.event.member_id, happened.event.conversation_id)
    if places_for(services[Session], [mine])[mine].unread == 0:
        _settle(services, *mine)


def settle_place(services: Services, happened: Happened[PlaceChanged]) -> None:
    """Whoever has answered a request, or is gone, waits for nothing there."""
    if happened.event.change in ENDS_IT:
        _settle(services, happened.event.member_id, happened.event.conversation_id)


def settle_departure(services: Services, happened: Happened[ConversationChanged]) -> None:
    """Nor does whoever is in a group no longer."""
    if happened.event.concerned_id is not None:
        _settle(services, happened.event.concerned_id, happened.event.conversation_id)


def _settle(services: Services, member_id: UUID, conversation_id: UUID) -> None:
    target = Ref("conversation", conversation_id)
    services[NotificationService].mark_read_about(member_id, (MESSAGE, MESSAGE_REQUEST), target)
