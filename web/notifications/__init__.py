"""What members are told has happened to them."""

from typing import TYPE_CHECKING

from web.core.app import App
from web.core.i18n import _
from web.graph.events import (
    FollowApproved,
    FollowRequested,
    FollowRequestWithdrawn,
    FriendRequested,
    FriendRequestWithdrawn,
    FriendshipBegan,
    MemberFollowed,
)
from web.notifications import my_data, partners, queries, subscribers
from web.notifications.service import NotificationService
from web.notifications.types import NotificationTypes

if TYPE_CHECKING:
    from pyramid.config import Configurator


def register(app: App) -> None:
    """The service, the registry of types, and the types of the features below."""
    types = NotificationTypes()
    types.add("member_followed", _("${actor} follows you now"), "/members/{id}")
    types.add("follow_request", _("${actor} asks to follow you"), "/friends")
    types.add("follow_approved", _("${actor} lets you follow them"), "/members/{id}")
    types.add("friend_request", _("${actor} wants to be your friend"), "/friends")
    types.add("friend_accepted", _("${actor} is your friend now"), "/members/{id}")
    app.add_value(NotificationTypes, types)
    app.add_service(NotificationService)
    partners.register(types, app.subscribers)
    app.subscribers.on(MemberFollowed, subscribers.tell_followed)
    app.subscribers.on(FollowRequested, subscribers.tell_follow_request)
    app.subscribers.on(FollowRequestWithdrawn, subscribers.take_back_follow_request)
    app.subscribers.on(FollowApproved, subscribers.tell_follow_approved)
    app.subscribers.on(FriendRequested, subscribers.tell_friend_request)
    app.subscribers.on(FriendRequestWithdrawn, subscribers.take_back_friend_request)
    app.subscribers.on(FriendshipBegan, subscribers.tell_friend_accepted)
    app.channels.greet(queries.greeting)
    my_data.register(app.personal_data)


def includeme(config: "Configurator") -> None:
    """Routes under ``/notifications``."""
    from web.notifications import api

    config.add_api(api.routes)
