"""Routes of notifications."""

from web.core.api import Routes
from web.core.pagination import Page
from web.core.requests import Request
from web.core.security import Permission
from web.notifications import queries
from web.notifications.schemas import NotificationItem, NotificationPath, NotificationQuery, UnreadCount
from web.notifications.service import NotificationService
from web.notifications.types import NotificationTypes

routes = Routes("notifications")


@routes.get("/notifications", permission=Permission.ACCOUNT, seeds="002 4.9 GET /notifications, 000, 004")
def notifications(request: Request, query: NotificationQuery) -> Page[NotificationItem]:
    """What happened to the caller, newest first."""
    types = request.services[NotificationTypes]
    return queries.notifications(request.db, request.member_id, query, types, request.localizer.translate)


@routes.get("/notifications/unread-count", permission=Permission.ACCOUNT, seeds="002 4.9, 000")
def unread_count(request: Request) -> UnreadCount:
    """How many notifications are unread."""
    return queries.unread_count(request.db, request.member_id)


@routes.put(
    "/notifications/{notification_id}/read", permission=Permission.ACCOUNT, status=204, seeds="002 4.9, 000"
)
def mark_read(request: Request, path: NotificationPath) -> None:
    """Note that one notification was read."""
    request.services[NotificationService].mark_read(request.member_id, path.notification_id)


@routes.put("/notifications/read-all", permission=Permission.ACCOUNT, status=204, seeds="002 4.9, 000")
def mark_all_read(request: Request) -> None:
    """Note that everything was read."""
    request.services[NotificationService].mark_all_read(request.member_id)
