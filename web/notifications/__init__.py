"""What members are told has happened to them."""

from functools import partial
from typing import TYPE_CHECKING

from web.accounts.sessions.security_log import SecurityWatchers
from web.core.app import App
from web.graph.events import (
    FollowApproved,
    FollowRequested,
    FollowRequestWithdrawn,
    FriendRequested,
    FriendRequestWithdrawn,
    FriendshipBegan,
    MemberFollowed,
)
from web.notifications import (
    channels,
    devices,
    dispatch,
    jobs,
    my_data,
    own_types,
    partners,
    queries,
    subscribers,
)
from web.notifications.delivery.strategies import DeliveryChannels
from web.notifications.mailing import EmailChannel
from web.notifications.preferences import PreferenceService
from web.notifications.service import NotificationService
from web.notifications.texting import SmsChannel
from web.notifications.types import NotificationTypes
from web.notifications.unsubscribing import Unsubscriber

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The services, the registries of types and channels, and the types of the features below."""
    types = NotificationTypes()
    own_types.register(types)
    app.add_value(NotificationTypes, types)
    app.add_value(DeliveryChannels, DeliveryChannels(partial(dispatch.add_kind, app.jobs)))
    app.add_service(NotificationService)
    app.add_service(PreferenceService)
    app.add_service(Unsubscriber)
    app.add_service(dispatch.Dispatcher)
    for channel in (EmailChannel(), SmsChannel()):
        app.value(DeliveryChannels).add(channel)
    jobs.register(app.jobs)
    channels.register(app.channels)
    partners.register(types, app.subscribers)
    app.subscribers.on(MemberFollowed, subscribers.tell_followed)
    app.subscribers.on(FollowRequested, subscribers.tell_follow_request)
    app.subscribers.on(FollowRequestWithdrawn, subscribers.take_back_follow_request)
    app.subscribers.on(FollowApproved, subscribers.tell_follow_approved)
    app.subscribers.on(FriendRequested, subscribers.tell_friend_request)
    app.subscribers.on(FriendRequestWithdrawn, subscribers.take_back_friend_request)
    app.subscribers.on(FriendshipBegan, subscribers.tell_friend_accepted)
    app.value(SecurityWatchers).add(subscribers.tell_security)
    app.channels.greet(queries.greeting)
    my_data.register(app.personal_data)
    devices.register(app)


def includeme(config: "Configurator") -> None:
    """Routes under ``/notifications``."""
    from web.notifications import api

    config.add_api(api.routes)
    devices.includeme(config)
