"""How a page is declared, and the small things that most pages do."""

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

from pydantic import ValidationError
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from web.core.errors import InvalidCursor, NotFound
from web.core.pagination import CursorSigner, PageQuery
from web.core.requests import Request
from web.core.security import NameDirectory, Permission

Q = TypeVar("Q", bound=PageQuery)

AFTER_LOGIN = "/feed"
# A path of ours: one slash, then neither a second one nor a backslash, which browsers read as one.
_OWN_PATH = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f\x7f]*")


def page(
    route: str, permission: Permission, *, template: str | None = None, method: str = "GET"
) -> Callable[[Any], Any]:
    """Declare the view of a page for one method; ``template`` is a name in ``web/templates``."""
    return view_config(  # type: ignore[no-any-return]  # Pyramid ships no types
        route_name=f"page:{route}",
        request_method=method,
        permission=permission.value,
        renderer=f"web:templates/{template}.jinja2" if template else None,
        http_cache=0,  # what a page shows depends on who looks
    )


def see_other(location: str, headers: list[tuple[str, str]] | None = None) -> HTTPSeeOther:
    """The answer to a form that did its work."""
    return HTTPSeeOther(location=location, headers=headers or [])


def next_page(request: Request, default: str = AFTER_LOGIN) -> str:
    """Where a form wants to lead, in ``next``; only ever a path on this site."""
    wanted = request.params.get("next", "")
    return quote(wanted, safe="/?&=#@%:,;+~") if _OWN_PATH.fullmatch(wanted) else default


def id_from(text: str) -> UUID:
    """An id that came in an address.

    Raises:
        NotFound: it is none.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound() from error


def id_in(request: Request, name: str) -> UUID:
    """The id in the page's path.

    Raises:
        NotFound: it is none.
    """
    return id_from(request.matchdict[name])


def member_in(request: Request) -> UUID:
    """The member in the page's address: an id, or ``@username``.

    Raises:
        NotFound
    """
    member: str = request.matchdict["member"]
    if member.startswith("@"):
        return request.services[NameDirectory].id_of(member[1:])
    return id_in(request, "member")


def page_query(request: Request, kind: type[Q], /, path: str | None = None, **values: Any) -> Q:
    """The list position that the page's address asks for, unless ``values`` say otherwise.

    Args:
        path: the page that the list is on, where the request is for another one.
    Raises:
        InvalidCursor
    """
    try:
        query = kind.model_validate({"cursor": request.GET.get("cursor"), **values})
    except ValidationError as error:
        raise InvalidCursor() from error
    query.bind(CursorSigner(request.settings.secret, f"page|{path or request.path_info}"))
    return query
