"""Routes of notifications, and of how members want to be told."""

from web.core.api import Routes
from web.core.pagination import Page
from web.core.requests import Request
from web.core.security import Permission
from web.notifications import queries
from web.notifications.errors import BadUnsubscribeLink, UnknownNotificationType
from web.notifications.preferences import PreferenceService, preferences_of
from web.notifications.schemas import (
    NotificationItem,
    NotificationPath,
    NotificationQuery,
    Preferences,
    PreferencesChange,
    UnreadCount,
    UnsubscribeQuery,
)
from web.notifications.service import NotificationService
from web.notifications.types import NotificationTypes
from web.notifications.unsubscribing import Unsubscriber

routes = Routes("notifications")


@routes.get(
    "/notifications",
    permission=Permission.ACCOUNT,
    seeds="002 4.9 GET /notifications, 000 GET /notifications/, 004 /notifications/api/",
)
def notifications(request: Request, query: NotificationQuery) -> Page[NotificationItem]:
    """What happened to the caller, newest first; what several did to the same thing is one item."""
    types = request.services[NotificationTypes]
    return queries.notifications(request.db, request.member_id, query, types, request.localizer)


@routes.get("/notifications/unread-count", permission=Permission.ACCOUNT, seeds="002 4.9, 000")
def unread_count(request: Request) -> UnreadCount:
    """How many notifications are unread: the number on an app's icon."""
    return queries.unread_count(request.db, request.member_id)


@routes.put(
    "/notifications/{notification_id}/read",
    permission=Permission.ACCOUNT,
    status=204,
    seeds="002 4.9 PUT /notifications/:id/read, 000, 004",
)
def mark_read(request: Request, path: NotificationPath) -> None:
    """Note that one notification was read."""
    request.services[NotificationService].mark_read(request.member_id, path.notification_id)


@routes.put(
    "/notifications/read-all",
    permission=Permission.ACCOUNT,
    status=204,
    seeds="002 4.9 PUT /notifications/mark-all-read, 000 PATCH /notifications/read-all/, 004",
)
def mark_all_read(request: Request) -> None:
    """Note that everything was read."""
    request.services[NotificationService].mark_all_read(request.member_id)


@routes.post(
    "/notifications/{notification_id}/archive",
    permission=Permission.ACCOUNT,
    status=204,
    seeds="002 3.6 is_archived",
)
def archive(request: Request, path: NotificationPath) -> None:
    """Put a notification away, as read; ``?archived=true`` lists it."""
    request.services[NotificationService].archive(request.member_id, path.notification_id)


@routes.delete(
    "/notifications/{notification_id}",
    permission=Permission.ACCOUNT,
    seeds="002 4.9 DELETE /notifications/:id, 004",
)
def delete(request: Request, path: NotificationPath) -> None:
    """Delete a notification."""
    request.services[NotificationService].delete(request.member_id, path.notification_id)


@routes.get(
    "/notifications/preferences",
    permission=Permission.ACCOUNT,
    seeds="002 4.9 GET /notifications/preferences, 004 NotificationSettings",
)
def preferences(request: Request) -> Preferences:
    """By which channels the caller is told of what, when not, and the digest."""
    return _preferences(request)


@routes.put(
    "/notifications/preferences",
    permission=Permission.ACCOUNT,
    errors=(UnknownNotificationType,),
    seeds="002 4.9 PUT /notifications/preferences, 004 NotificationSettings",
)
def set_preferences(request: Request, body: PreferencesChange) -> Preferences:
    """Change that; what is left out stays as it is."""
    request.services[PreferenceService].change(request.member_id, body)
    return _preferences(request)


@routes.get("/settings/notifications", permission=Permission.ACCOUNT, seeds="002 4.10 settings, 004")
def settings(request: Request) -> Preferences:
    """The same as ``/notifications/preferences``."""
    return _preferences(request)


@routes.put(
    "/settings/notifications",
    permission=Permission.ACCOUNT,
    errors=(UnknownNotificationType,),
    seeds="002 4.10 settings, 004",
)
def set_settings(request: Request, body: PreferencesChange) -> Preferences:
    """The same as ``/notifications/preferences``."""
    return set_preferences(request, body)


@routes.post(
    "/notifications/unsubscribe",
    permission=Permission.PUBLIC,
    status=204,
    errors=(BadUnsubscribeLink,),
    seeds="002 email_enabled",
)
def unsubscribe(request: Request, query: UnsubscribeQuery) -> None:
    """Send no more mails of the kind that the link came with, in one click (RFC 8058); needs no login."""
    request.services[Unsubscriber].unsubscribe(query.token)


def _preferences(request: Request) -> Preferences:
    types = request.services[NotificationTypes]
    return preferences_of(request.db, request.member_id, types, request.localizer)
