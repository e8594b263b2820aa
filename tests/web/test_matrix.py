"""The permission matrix: every API route × every kind of caller, generated from the declarations.

What a caller may do is decided by the route's permission and, where a thing has an owner, by who asks. The
expected answer is derived from the permission table alone; a route that is missing in ``EXAMPLES`` fails.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

import web
from tests.factories import Person, make_dashboard, make_person, make_post
from tests.web.conftest import Api
from web.content.comments import CommentService
from web.content.schemas import NewComment
from web.core.api import Route, Routes
from web.core.app import App
from web.core.security import GRANTS, Permission, Role
from web.main import make_wsgi_app
from web.messaging.service import MessagingService

CALLERS = ("anonymous", "member", "owner", "dashboard", "admin")
ROLES = {
    "anonymous": {Role.ANYONE},
    "member": {Role.ANYONE, Role.MEMBER},
    "owner": {Role.ANYONE, Role.MEMBER},
    "dashboard": {Role.ANYONE, Role.DASHBOARD},
    "admin": {Role.ANYONE, Role.MEMBER, Role.ADMIN},
}


@dataclass(frozen=True)
class World:
    """A small community: the owner's things, and callers of every kind."""

    callers: dict[str, Person | None]
    ids: dict[str, UUID]


@dataclass(frozen=True)
class Example:
    """A request that the owner of everything may make.

    Attributes:
        status: what the owner gets.
        others: what a member who is not the owner gets.
    """

    body: Callable[[World], Any] = lambda _: None
    query: Callable[[World], str] = lambda _: ""
    status: int = 200
    others: int | None = None


def _registration(_: World) -> dict[str, str]:
    return {
        "email": "new@example.com",
        "password": "a good password",
        "nickname": "New",
        "birth_date": "1999-01-01",
    }


def _wrong_login(_: World) -> dict[str, str]:
    return {"email": "nobody@example.com", "password": "wrong password"}


EXAMPLES: dict[str, Example] = {
    "auth.register": Example(_registration, status=202),
    "auth.verify_email": Example(lambda _: {"ticket": str(uuid4()), "code": "123456"}, status=422),
    "auth.login": Example(_wrong_login, status=401),
    "auth.refresh": Example(lambda _: {"refresh_token": "unknown"}, status=401),
    "auth.logout": Example(status=204),
    "auth.me": Example(),
    "auth.page_token": Example(),
    "graph.follow": Example(status=422, others=200),
    "graph.unfollow": Example(),
    "graph.followers": Example(),
    "graph.following": Example(),
    "members.cards": Example(query=lambda world: f"?ids={world.ids['user_id']}"),
    "members.profile": Example(),
    "notifications.notifications": Example(),
    "notifications.unread_count": Example(),
    "notifications.mark_read": Example(status=204, others=404),
    "notifications.mark_all_read": Example(status=204),
    "messaging.start": Example(lambda world: {"member_id": str(world.ids["partner_id"])}, status=201),
    "messaging.conversations": Example(),
    "messaging.conversation": Example(others=404),
    "messaging.messages": Example(others=404),
    "messaging.send": Example(lambda _: {"client_id": str(uuid4()), "body": "hi"}, status=201, others=404),
    "content.create": Example(lambda _: {"body": "hi"}, status=201),
    "content.by_ids": Example(query=lambda world: f"?ids={world.ids['post_id']}"),
    "content.get": Example(),
    "content.delete": Example(status=204, others=403),
    "content.of_member": Example(),
    "content.like": Example(),
    "content.unlike": Example(),
    "content.comments": Example(),
    "content.comment": Example(lambda _: {"body": "hi"}, status=201),
    "content.replies": Example(),
    "content.delete_comment": Example(status=204, others=403),
    "feeds.following": Example(),
    "realtime.ticket": Example(status=201),
}


@pytest.fixture
def world(app: App) -> World:
    """Fresh for each case, because some cases take things away."""
    owner, member, partner = (make_person(app, name) for name in ("owner", "member", "partner"))
    admin = make_person(app, "admin", is_admin=True)
    post_id = make_post(app, owner)
    with app.work() as services:
        comment = services[CommentService].comment(owner.id, post_id, NewComment(body="first"))
        services[CommentService].comment(member.id, post_id, NewComment(body="second"))
        conversation_id = services[MessagingService].start_direct(owner.id, partner.id)
    ids = {
        "user_id": owner.id,
        "post_id": post_id,
        "comment_id": comment.id,
        "conversation_id": conversation_id,
        "notification_id": _notification_of(app, owner),
        "partner_id": partner.id,
    }
    callers = {
        "anonymous": None,
        "member": member,
        "owner": owner,
        "dashboard": make_dashboard(app),
        "admin": admin,
    }
    return World(callers, ids)


def _notification_of(app: App, person: Person) -> UUID:
    api = Api(make_wsgi_app(app))
    return UUID(api.get("/notifications", person)["items"][0]["id"])


def expected_status(route: Route, caller: str) -> int:
    """What the permission table says that a caller gets."""
    example = EXAMPLES[route.name]
    if not GRANTS[route.permission] & ROLES[caller]:
        return 401 if caller == "anonymous" else 403
    if caller == "owner" or example.others is None or route.permission is Permission.PUBLIC:
        return example.status
    return example.others


def all_routes() -> list[Route]:
    """Every route that a package of ``web`` declares, found without building an app."""
    modules = (f"web.{path.parent.name}.{path.stem}" for path in Path(web.__file__).parent.glob("*/*.py"))
    declared = (
        vars(importlib.import_module(name)).get("routes") for name in sorted(modules) if "cli" not in name
    )
    found = (route for routes in declared if isinstance(routes, Routes) for route in routes.declared)
    return sorted(found, key=lambda route: route.name)


def test_every_served_route_is_in_the_matrix(wsgi: Any) -> None:
    served = {route.name for route in wsgi.registry.api_routes}
    assert served == EXAMPLES.keys()
    assert served == {route.name for route in all_routes()}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", all_routes(), ids=lambda route: route.name)
def test_who_may(api: Api, world: World, route: Route, caller: str) -> None:
    example = EXAMPLES[route.name]
    path = route.path.format(**world.ids) + example.query(world)
    response = api.call(route.method, path, world.callers[caller], example.body(world))
    assert response.status_int == expected_status(route, caller), response.body
