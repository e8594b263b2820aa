"""What happened to the reader."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.core.requests import Request
from web.core.security import Permission
from web.notifications import queries
from web.notifications.schemas import NotificationQuery
from web.notifications.service import NotificationService
from web.notifications.types import NotificationTypes
from web.pages.views import page, page_query, see_other


@page("notifications", Permission.ACCOUNT, template="notifications")
def show(request: Request) -> dict[str, Any]:
    """Everything, newest first."""
    types = request.services[NotificationTypes]
    query = page_query(request, NotificationQuery)
    translate = request.localizer.translate
    return {"page": queries.notifications(request.db, request.member_id, query, types, translate)}


@page("notifications", Permission.ACCOUNT, method="POST")
def mark_all_read(request: Request) -> HTTPSeeOther:
    """Note that everything was read."""
    request.services[NotificationService].mark_all_read(request.member_id)
    return see_other("/notifications")
