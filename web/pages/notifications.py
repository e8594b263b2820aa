"""What happened to the reader, and the page behind the links that end mails about it."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from web.core.requests import Request
from web.core.security import Permission
from web.notifications import queries
from web.notifications.schemas import NotificationQuery
from web.notifications.service import NotificationService
from web.notifications.types import NotificationTypes
from web.notifications.unsubscribing import DIGEST, Unsubscriber
from web.pages.views import id_in, next_page, page, page_query, see_other

HERE = "/notifications"
FILTERS = ("all", "goals", "social", "system")


class Shown(NamedTuple):
    """What the list is narrowed to."""

    filter: str = "all"
    unread_only: bool = False
    archived: bool = False

    def address(self, **changes: Any) -> str:
        """The page of the list, or of one that differs from it."""
        wanted, usual = self._replace(**changes), Shown()
        differences = {
            name: str(value).lower()
            for name, value in wanted._asdict().items()
            if value != getattr(usual, name)
        }
        return f"{HERE}?{urlencode(differences)}" if differences else HERE


@page("notifications", Permission.ACCOUNT, template="notifications")
def show(request: Request) -> dict[str, Any]:
    """What happened, newest first."""
    shown, types = _shown(request), request.services[NotificationTypes]
    query = page_query(request, NotificationQuery, shown.address(), **shown._asdict())
    found = queries.notifications(request.db, request.member_id, query, types, request.localizer)
    return {"shown": shown, "page": found}


@page("notifications", Permission.ACCOUNT, method="POST")
def mark_all_read(request: Request) -> HTTPSeeOther:
    """Note that everything was read."""
    request.services[NotificationService].mark_all_read(request.member_id)
    return see_other(next_page(request, HERE))


@page("notification", Permission.ACCOUNT, method="POST")
def deal(request: Request) -> HTTPSeeOther:
    """Note that one was read, put it away, or delete it."""
    service = request.services[NotificationService]
    acts = {"archive": service.archive, "delete": service.delete}
    act = acts.get(request.POST.get("action", ""), service.mark_read)
    act(request.member_id, id_in(request, "notification_id"))
    return see_other(next_page(request, HERE))


@page("unsubscribe", Permission.PUBLIC, template="unsubscribe")
def may_unsubscribe(request: Request) -> dict[str, Any]:
    """A button; looking ends nothing, because programs that scan mails follow links too."""
    return _unsubscribe_page(request, is_done=False)


# Mail programs post without having seen a page (RFC 8058): the link's own token says that they may.
@view_config(  # type: ignore[untyped-decorator]  # Pyramid ships no types
    route_name="page:unsubscribe",
    request_method="POST",
    permission=Permission.PUBLIC.value,
    renderer="web:templates/unsubscribe.jinja2",
    http_cache=0,
    require_csrf=False,
)
def unsubscribe(request: Request) -> dict[str, Any]:
    """Send no more such mails. No redirect follows, which mail programs would not go after."""
    request.services[Unsubscriber].unsubscribe(request.GET.get("token", ""))
    return _unsubscribe_page(request, is_done=True)


def _unsubscribe_page(request: Request, *, is_done: bool) -> dict[str, Any]:
    token = request.GET.get("token", "")
    name = request.services[Unsubscriber].subject(token)
    label = request.services[NotificationTypes][name].label or name
    about = None if name == DIGEST else request.localizer.translate(label)
    return {"token": token, "about": about, "is_done": is_done}


def _shown(request: Request) -> Shown:
    """What the address asks for; what it cannot mean is all."""
    wanted = request.GET.get("filter", "")
    return Shown(
        filter=wanted if wanted in FILTERS else "all",
        unread_only=request.GET.get("unread_only") == "true",
        archived=request.GET.get("archived") == "true",
    )
