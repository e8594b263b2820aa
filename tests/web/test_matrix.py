"""The permission matrix: every API route × every kind of caller, generated from the declarations.

What a caller may do is decided by the route's permission and, where a thing has an owner, by who asks. The
expected answer is derived from the permission table and from what ``EXAMPLES`` declares for the route; a
route that is missing there fails.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

import web
from tests.conftest import empty_tables
from tests.factories import (
    Person,
    make_dashboard,
    make_medium,
    make_person,
    make_post,
    make_reel,
    make_room,
    make_story,
)
from tests.web.conftest import Api
from tests.web.vanishing import set_columns
from web.accounts.models import Account
from web.accounts.service import AccountService
from web.accounts.sessions.directory import SessionCache
from web.accounts.sessions.service import SessionService
from web.content.comments import CommentService
from web.content.schemas import NewComment
from web.core.api import Route, Routes
from web.core.app import App
from web.core.db import Base
from web.core.requests import SAFE_METHODS
from web.core.security import GRANTS, Permission, Role
from web.graph.friends.service import FriendService
from web.graph.partners.schemas import NewPartnership, PartnershipChange
from web.graph.partners.service import PartnerService
from web.graph.service import GraphService
from web.messaging.schemas import NewMessage
from web.messaging.service import MessagingService
from web.notifications.models import Notification

ROLES = {
    "anonymous": {Role.ANYONE},
    "member": {Role.ANYONE, Role.MEMBER},
    "owner": {Role.ANYONE, Role.MEMBER},
    "blocked": {Role.ANYONE, Role.MEMBER},
    "newcomer": {Role.ANYONE, Role.NEWCOMER},
    "leaver": {Role.ANYONE, Role.LEAVER},
    "suspended": {Role.ANYONE},
    "banned": {Role.ANYONE},
    "deactivated": {Role.ANYONE},
    "dashboard": {Role.ANYONE, Role.DASHBOARD},
    "admin": {Role.ANYONE, Role.MEMBER, Role.ADMIN},
}
CALLERS = tuple(ROLES)
# What a caller without permission is told.
REFUSALS = {
    "anonymous": (401, "UNAUTHENTICATED"),
    "newcomer": (403, "PROFILE_INCOMPLETE"),
    "leaver": (403, "ACCOUNT_LEAVING"),
    "suspended": (403, "ACCOUNT_SUSPENDED"),
    "banned": (403, "ACCOUNT_BANNED"),
    "deactivated": (403, "ACCOUNT_DEACTIVATED"),
}
# Names in paths that stand for the owner, or for what others may know of the owner's things.
OF_THE_OWNER = ("{user_id}", "{post_id}", "{comment_id}", "{story_id}", "{reel_id}", "{room_id}")


@dataclass(frozen=True)
class World:
    """A small community: the owner's things, and callers of every kind."""

    callers: dict[str, Person | None]
    ids: dict[str, Any]


@dataclass(frozen=True)
class Example:
    """A request that the owner of everything may make.

    Attributes:
        status: what the owner gets.
        others: what a member who is not the owner gets.
        blocked: what a member gets whom the owner blocks, where that is neither 404 for a path that names the
            owner or something of theirs, nor what others get.
    """

    body: Callable[[World], Any] = lambda _: None
    query: Callable[[World], str] = lambda _: ""
    status: int = 200
    others: int | None = None
    blocked: int | None = None


def _registration(_: World) -> dict[str, str]:
    return {
        "email": "new@example.com",
        "password": "a good password",
        "nickname": "New",
        "birth_date": "1999-01-01",
    }


def _wrong_login(_: World) -> dict[str, str]:
    return {"email": "nobody@example.com", "password": "wrong password"}


def _new_passkey(_: World) -> dict[str, Any]:
    response = {"clientDataJSON": "e30", "attestationObject": "oA"}
    credential = {"id": "eA", "rawId": "eA", "type": "public-key", "response": response}
    return {"ticket": str(uuid4()), "credential": credential}


def _signed_passkey(_: World) -> dict[str, Any]:
    response = {"clientDataJSON": "e30", "authenticatorData": "eA", "signature": "eA"}
    credential = {"id": "eA", "rawId": "eA", "type": "public-key", "response": response}
    return {"ticket": str(uuid4()), "credential": credential}


_SOME_KEY = "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="  # X25519's base point


def _new_device_key(_: World) -> dict[str, Any]:
    return {"device_id": str(uuid4()), "public_key": _SOME_KEY}


def _new_secret_message(world: World) -> dict[str, Any]:
    copy = {"public_key": _SOME_KEY, "nonce": "eHh4" * 8, "ciphertext": "eHh4" * 8}
    recipient, key = str(world.ids["partner_id"]), _SOME_KEY
    return {"client_id": str(uuid4()), "recipient_id": recipient, "sender_public_key": key, "copies": [copy]}


EXAMPLES: dict[str, Example] = {
    "auth.register": Example(_registration, status=202),
    "auth.verify_email": Example(lambda _: {"ticket": str(uuid4()), "code": "123456"}, status=422),
    "auth.resend_verification": Example(lambda _: {"ticket": str(uuid4())}, status=202),
    "auth.login": Example(_wrong_login, status=401),
    "auth.refresh": Example(lambda _: {"refresh_token": "unknown"}, status=401),
    "auth.forgot_password": Example(lambda _: {"email": "nobody@example.com"}, status=204),
    "auth.reset_password": Example(lambda _: {"token": "x" * 43, "password": "another good one"}, status=422),
    "auth.reauthenticate": Example(lambda _: {"password": "wrong password"}, status=422),
    "auth.change_password": Example(lambda _: {"new_password": "another good one"}, status=422),
    "accounts.want_email": Example(lambda _: {"email": "new@example.com"}, status=403),
    "accounts.resend_email_code": Example(status=404),
    "accounts.confirm_email": Example(lambda _: {"token": "x" * 43}, status=422),
    "accounts.remove_email": Example(status=403),
    "auth.second_factor": Example(),
    "auth.set_up_second_factor": Example(status=403),
    "auth.enable_second_factor": Example(lambda _: {"code": "123456"}, status=403),
    "auth.disable_second_factor": Example(status=403),
    "auth.make_recovery_codes": Example(status=403),
    "auth.verify_second_factor": Example(lambda _: {"ticket": str(uuid4()), "code": "123456"}, status=422),
    "auth.passkeys": Example(),
    "auth.my_passkeys": Example(),
    "auth.passkey_options": Example(status=403),
    "auth.add_passkey": Example(_new_passkey, status=403),
    "auth.rename_passkey": Example(lambda _: {"name": "Phone"}, status=404),
    "auth.remove_passkey": Example(status=403),
    "auth.remove_my_passkey": Example(status=403),
    "auth.passkey_login_options": Example(lambda _: {}),
    "auth.passkey_login": Example(_signed_passkey, status=422),
    "auth.passkey_proof_options": Example(status=422),
    "auth.prove_with_passkey": Example(_signed_passkey, status=422),
    "auth.send_otp": Example(lambda _: {"phone_number": "+821012345678"}, status=202),
    "auth.verify_otp": Example(lambda _: {"phone_number": "+821012345678", "code": "123456"}, status=422),
    "auth.add_phone": Example(lambda _: {"phone_number": "+821012345678"}, status=403),
    "auth.verify_phone": Example(lambda _: {"phone_number": "+821012345678", "code": "123456"}, status=422),
    "auth.remove_phone": Example(status=403),
    "auth.google": Example(lambda _: {"id_token": "a token", "nonce": "x" * 16}, status=404),
    "auth.link_google": Example(lambda _: {"id_token": "a token", "nonce": "x" * 16}, status=403),
    "auth.unlink_google": Example(status=403),
    "auth.logout": Example(status=204),
    "auth.logout_all": Example(status=403),
    "auth.sessions": Example(),
    "auth.end_session": Example(status=204, others=403),
    "auth.security_events": Example(),
    "auth.me": Example(),
    "auth.page_token": Example(),
    "me.get": Example(),
    "me.change": Example(lambda _: {"bio": "hi"}),
    "settings.all_settings": Example(),
    "settings.set_all": Example(lambda _: {"appearance": {"theme_mode": "dark"}}),
    "settings.privacy": Example(),
    "settings.set_privacy": Example(lambda _: {"profile_visibility": "friends"}),
    "settings.appearance": Example(),
    "settings.set_appearance": Example(lambda _: {"accent_color": "#336699"}),
    "settings.blocked_keywords": Example(),
    "settings.set_blocked_keywords": Example(lambda _: {"keywords": ["spoiler"]}),
    "settings.deactivate": Example(status=403),
    "settings.delete_account": Example(lambda _: {"keeps_content": True}, status=403),
    "settings.cancel_deletion": Example(status=204),
    "my_data.request_copy": Example(status=403),
    "my_data.find_copy": Example(status=404),
    "my_data.download": Example(query=lambda _: "?expires=1&signature=x", status=404),
    "graph.follow": Example(status=422, others=200),
    "graph.unfollow": Example(),
    "graph.followers": Example(),
    "graph.following": Example(),
    "graph.block": Example(status=422, others=200),
    "graph.unblock": Example(status=422, others=200),
    "graph.blocked": Example(),
    "graph.mute": Example(status=422, others=200),
    "graph.unmute": Example(status=422, others=200),
    "graph.muted": Example(),
    "graph.follow_requests": Example(),
    "graph.approve_follow": Example(status=404, others=404),
    "graph.decline_follow": Example(),
    "friends.requests": Example(),
    "friends.ask": Example(lambda world: {"user_id": str(world.ids["partner_id"])}, status=201),
    "friends.accept": Example(others=404),
    "friends.decline": Example(status=204, others=404),
    "friends.withdraw": Example(status=404),
    "friends.unfriend": Example(),
    "friends.of_member": Example(),
    "friends.mutuals": Example(),
    "members.friends": Example(),
    "members.online_friends": Example(),
    "members.search_friends": Example(query=lambda _: "?q=mina"),
    "partners.partnerships": Example(),
    "partners.invite": Example(lambda world: {"partner_id": str(world.ids["partner_id"])}, status=201),
    "partners.change": Example(lambda _: {"frequency": "weekly"}, others=404),
    "partners.end": Example(status=204, others=404),
    "partners.check_in": Example(lambda _: {"note": "done"}, status=201, others=404),
    "partners.check_ins": Example(others=404),
    "suggestions.suggestions": Example(),
    "suggestions.dismiss": Example(status=404, others=204),
    "members.cards": Example(query=lambda world: f"?ids={world.ids['user_id']}"),
    "members.profile": Example(),
    "members.stats": Example(),
    "notifications.notifications": Example(),
    "notifications.unread_count": Example(),
    "notifications.mark_read": Example(status=204, others=404),
    "notifications.mark_all_read": Example(status=204),
    "notifications.archive": Example(status=204, others=404),
    "notifications.delete": Example(status=204, others=404),
    "notifications.preferences": Example(),
    "notifications.set_preferences": Example(lambda _: {"digest": "daily"}),
    "notifications.settings": Example(),
    "notifications.set_settings": Example(lambda _: {"digest": "daily"}),
    "notifications.unsubscribe": Example(query=lambda _: "?token=made-elsewhere", status=422),
    "devices.devices": Example(),
    "devices.register": Example(lambda _: {"device_type": "ios", "token": "a-token"}, status=201),
    "devices.unregister": Example(status=404),
    "devices.vapid_key": Example(),
    "keys.put_device": Example(_new_device_key),
    "keys.mine": Example(),
    "keys.remove_device": Example(status=403),
    "keys.put_backup": Example(lambda _: {"blob": "eA" * 32, "kdf": {"name": "none"}}),
    "keys.backup": Example(status=403),
    "keys.remove_backup": Example(status=403),
    "keys.of_member": Example(),
    "keys.safety_number": Example(status=409),
    "key_exchanges.initiate": Example(
        lambda world: {"recipient_id": str(world.ids["partner_id"]), "public_key": _SOME_KEY}, status=422
    ),
    "key_exchanges.exchanges": Example(),
    "key_exchanges.complete": Example(lambda _: {"public_key": _SOME_KEY}, status=404),
    "key_exchanges.end": Example(status=404),
    "secret_messages.send": Example(_new_secret_message, status=409),
    "secret_messages.messages": Example(query=lambda world: f"?peer={world.ids['partner_id']}"),
    "secret_messages.message": Example(status=404),
    "secret_messages.mark_delivered": Example(status=404),
    "secret_messages.mark_read": Example(status=404),
    "matching.join": Example(),
    "matching.state": Example(),
    "matching.leave": Example(status=204),
    "matching.end": Example(status=404),
    "matching.skip": Example(status=404),
    "matching.reveal": Example(status=404),
    "matching.report": Example(lambda _: {"reason": "spam"}, status=404),
    "messaging.start": Example(lambda world: {"member_id": str(world.ids["partner_id"])}, status=201),
    "messaging.conversations": Example(),
    "messaging.conversation": Example(others=404),
    "messaging.messages": Example(others=404),
    "messaging.send": Example(lambda _: {"client_id": str(uuid4()), "body": "hi"}, status=201, others=404),
    "messaging.change": Example(lambda _: {"name": "Us two"}, status=422, others=404),
    "messaging.clear": Example(status=204, others=404),
    "messaging.leave": Example(status=204, others=404),
    "messaging.read": Example(others=404),
    "messaging.delivered": Example(status=204, others=404),
    "messaging.mute": Example(others=404),
    "messaging.unmute": Example(others=404),
    "messaging.archive": Example(others=404),
    "messaging.unarchive": Example(others=404),
    "messaging.pin": Example(others=404),
    "messaging.unpin": Example(others=404),
    "messaging.accept": Example(others=404),
    "messaging.decline": Example(status=404, others=404),  # nobody asks
    "messaging.participants": Example(others=404),
    "messaging.add": Example(
        lambda world: {"member_ids": [str(world.ids["partner_id"])]}, status=422, others=404
    ),
    "messaging.set_role": Example(lambda _: {"role": "admin"}, status=422, others=404),
    "messaging.remove": Example(status=422, others=404),
    "messaging.search": Example(query=lambda _: "?q=hello", others=404),
    "messaging.edit": Example(lambda _: {"body": "hello you"}, others=404),
    "messaging.delete": Example(status=204, others=404),
    "messaging.react": Example(others=404),
    "messaging.unreact": Example(others=404),
    "rooms.rooms": Example(),
    "rooms.create": Example(lambda _: {"name": "Busan"}, status=201),
    "rooms.room": Example(),
    "rooms.change": Example(lambda _: {"name": "Busan"}, others=403),
    "rooms.close": Example(status=204, others=403),
    "rooms.join": Example(),
    "rooms.leave": Example(status=204),
    "rooms.participants": Example(others=403),
    "rooms.make_admin": Example(others=403),
    "rooms.unmake_admin": Example(others=403),
    "rooms.kick": Example(lambda world: {"user_id": str(world.ids["partner_id"])}, status=404, others=403),
    "rooms.ban": Example(lambda world: {"user_id": str(world.ids["partner_id"])}, status=204, others=403),
    "rooms.bans": Example(others=403),
    "rooms.unban": Example(status=204, others=403),
    "rooms.messages": Example(others=403),
    "rooms.send": Example(lambda _: {"client_id": str(uuid4()), "body": "hi"}, status=201, others=403),
    "rooms.remove": Example(status=404, others=403),
    "content.create": Example(lambda _: {"body": "hi"}, status=201),
    "content.by_ids": Example(query=lambda world: f"?ids={world.ids['post_id']}"),
    "content.get": Example(),
    "content.delete": Example(status=204, others=403),
    "content.edit": Example(lambda _: {"body": "hi there"}, others=403),
    "content.former": Example(others=403),
    "content.archive": Example(others=403),
    "content.archived": Example(),
    "content.unarchive": Example(others=403),
    "content.share": Example(status=201),
    "content.unshare": Example(),
    "content.of_member": Example(),
    "content.like": Example(),
    "content.unlike": Example(),
    "content.comments": Example(),
    "content.comment": Example(lambda _: {"body": "hi"}, status=201),
    "content.replies": Example(),
    "content.delete_comment": Example(status=204, others=403),
    "content.likers": Example(),
    "content.like_comment": Example(),
    "content.unlike_comment": Example(),
    "content.saved": Example(),
    "content.save": Example(),
    "content.unsave": Example(),
    "content.seen": Example(lambda world: {"ids": [str(world.ids["post_id"])]}, status=204),
    "content.correct": Example(lambda _: {"corrected": "First!"}, status=422, others=201),
    "content.edit_comment": Example(lambda _: {"body": "edited"}, others=403),
    "content.comment_history": Example(others=403),
    "content.stories": Example(),
    "content.share_story": Example(lambda _: {"media_id": str(uuid4())}, status=404),
    "content.story": Example(),
    "content.delete_story": Example(status=204, others=403),
    "content.view_story": Example(status=204),
    "content.story_viewers": Example(others=403),
    "content.like_story": Example(),
    "content.unlike_story": Example(),
    "content.answer_story": Example(
        lambda _: {"client_id": str(uuid4()), "body": "hi"}, status=422, others=201
    ),
    "content.reels": Example(),
    "content.watch_reel": Example(lambda _: {"watched_ms": 1}, status=204),
    "content.reel_analytics": Example(others=403),
    "feeds.feed": Example(),
    "media.upload": Example(status=400),
    "media.state": Example(others=404),
    "media.set_profile_image": Example(status=400),
    "media.remove_profile_image": Example(status=204),
    "media.set_cover_image": Example(status=400),
    "media.remove_cover_image": Example(status=204),
    "feeds.following": Example(),
    "feeds.of_friends": Example(),
    "feeds.discover": Example(),
    "feeds.by_hashtag": Example(),
    "feeds.trending": Example(),
    "search.search": Example(query=lambda _: "?q=owner"),
    "realtime.ticket": Example(status=201),
    "realtime.events": Example(),
}


class Stage:
    """Makes a world once, and puts it back as it was after each request that may have changed it.

    So each case finds the world as it was made, whatever ran before it, and most find it without any cost.
    """

    # What is only ever added to, and read by no route here.
    LEFT_OUT = ("events", "jobs")

    def __init__(self, app: App, owner_engine: sa.Engine) -> None:
        self._app = app
        self._engine = owner_engine
        empty_tables(owner_engine)
        self._world = make_world(app, owner_engine)
        tables = Base.metadata.sorted_tables
        with owner_engine.connect() as connection:
            self._rows = {
                table: connection.execute(sa.select(table)).mappings().all()
                for table in tables
                if table.name not in self.LEFT_OUT
            }
        self._is_as_made = True

    def world(self) -> World:
        """The world as it was made."""
        if not self._is_as_made or not self._is_there():
            self._put_back()
        self._is_as_made = False  # until the case has said what it did
        self._app.value(SessionCache).clear()
        return self._world

    def note(self, method: str, status: int) -> None:
        """Note what a request came to; what was refused was rolled back."""
        self._is_as_made = method in SAFE_METHODS or status >= 400

    def _is_there(self) -> bool:
        """Tests of other modules empty the tables, too."""
        owner = sa.exists().where(Account.id == self._world.ids["user_id"])
        with self._engine.connect() as connection:
            return bool(connection.scalar(sa.select(owner)))

    def _put_back(self) -> None:
        with self._engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(sa.delete(table))
            for table, rows in self._rows.items():
                if rows:
                    connection.execute(sa.insert(table), [dict(row) for row in rows])


@pytest.fixture(scope="module")
def stage(shared_app: App, owner_engine: sa.Engine) -> Iterator[Stage]:
    """One for all cases of this module."""
    yield Stage(shared_app, owner_engine)
    empty_tables(owner_engine)


def make_world(app: App, engine: sa.Engine) -> World:
    """The owner with their things, and everybody else."""
    names = ("owner", "member", "partner", "blocked", "leaver", "suspended", "banned", "deactivated")
    people = {name: make_person(app, name) for name in names}
    owner, member = people["owner"], people["member"]
    post_id = make_post(app, owner)
    with app.work() as services:
        comment = services[CommentService].comment(owner.id, post_id, NewComment(body="first"))
        services[CommentService].comment(member.id, post_id, NewComment(body="second"))
        messaging = services[MessagingService]
        conversation_id = messaging.start_direct(owner.id, people["partner"].id)
        hello = NewMessage(client_id=uuid4(), body="hello")
        message_id = messaging.send(owner.id, conversation_id, hello).id
        partnership_id = services[PartnerService].invite(
            owner.id, NewPartnership(partner_id=people["partner"].id)
        )
        accepted = PartnershipChange(status="active")
        services[PartnerService].change(people["partner"].id, partnership_id, accepted)
        request = services[FriendService].ask(people["partner"].id, owner.id)
        services[GraphService].block(owner.id, people["blocked"].id)
        shut_out(services[AccountService], services[SessionService], people)
    set_columns(engine, people["leaver"], deletion_requested_at=datetime.now(UTC))
    ids = {
        "user_id": owner.id,
        "post_id": post_id,
        "media_id": make_medium(app, owner),
        "story_id": make_story(app, owner, visibility="public"),
        "reel_id": make_reel(app, owner),
        "comment_id": comment.id,
        "conversation_id": conversation_id,
        "room_id": make_room(app, owner),
        "message_id": message_id,
        "emoji": "%F0%9F%91%8D",
        "partnership_id": partnership_id,
        "notification_id": _notification_of(engine, owner),
        "partner_id": people["partner"].id,
        "export_id": uuid4(),
        "session_id": owner.session_id,
        "passkey_id": uuid4(),
        "tag": uuid4(),  # any word
        "request_id": request.id,
        "device_id": uuid4(),
        "exchange_id": uuid4(),
        "secret_id": uuid4(),
    }
    callers = {
        **{name: people.get(name) for name in CALLERS},
        "newcomer": make_person(app, "newcomer", birth_date=None),
        "dashboard": make_dashboard(app),
        "admin": make_person(app, "admin", is_admin=True),
    }
    return World(callers, ids)


def shut_out(accounts: AccountService, sessions: SessionService, people: dict[str, Person]) -> None:
    """Let those be suspended, banned and deactivated who are called so."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    accounts.suspend(people["suspended"].id, tomorrow, "spam", by=None)
    accounts.ban(people["banned"].id, "spam", by=None)
    sessions.proved(people["deactivated"].session_id)
    accounts.deactivate(people["deactivated"].id, people["deactivated"].session_id)


def _notification_of(engine: sa.Engine, person: Person) -> UUID:
    with engine.connect() as connection:
        first = sa.select(Notification.id).where(Notification.member_id == person.id).limit(1)
        return connection.scalars(first).one()


def expected(route: Route, caller: str) -> tuple[int, str | None]:
    """What the permission table and the declaration say that a caller gets.

    Returns:
        The status, and the error's code where the permission alone decides.
    """
    example = EXAMPLES[route.name]
    if not GRANTS[route.permission] & ROLES[caller]:
        return REFUSALS.get(caller, (403, "FORBIDDEN"))
    if caller == "owner":
        return example.status, None
    if caller == "blocked" and example.blocked is not None:
        return example.blocked, None
    if caller == "blocked" and any(name in route.path for name in OF_THE_OWNER):
        return 404, "NOT_FOUND"
    if example.others is None or route.permission is Permission.PUBLIC:
        return example.status, None
    return example.others, None


def all_routes() -> list[Route]:
    """Every route that a module of ``web`` declares, found without building an app."""
    root = Path(web.__file__).parent
    declaring = (path for path in sorted(root.rglob("*.py")) if "= Routes(" in path.read_text())
    modules = (
        importlib.import_module(".".join(("web", *path.relative_to(root).with_suffix("").parts)))
        for path in declaring
    )
    declared = (vars(module).get("routes") for module in modules)
    found = (route for routes in declared if isinstance(routes, Routes) for route in routes.declared)
    return sorted(found, key=lambda route: route.name)


def test_every_served_route_is_in_the_matrix(wsgi: Any) -> None:
    served = {route.name for route in wsgi.registry.api_routes}
    assert served == EXAMPLES.keys()
    assert served == {route.name for route in all_routes()}


def test_every_kind_of_caller_is_in_the_matrix(stage: Stage) -> None:
    assert set().union(*ROLES.values()) == set(Role)
    assert stage.world().callers.keys() == ROLES.keys()


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", all_routes(), ids=lambda route: route.name)
def test_who_may(wsgi: Any, stage: Stage, route: Route, caller: str) -> None:
    world, example = stage.world(), EXAMPLES[route.name]
    path = route.path.format(**world.ids) + example.query(world)
    response = Api(wsgi).call(route.method, path, world.callers[caller], example.body(world))
    stage.note(route.method, response.status_int)
    status, code = expected(route, caller)
    assert response.status_int == status, response.body
    assert code is None or response.json["error"]["code"] == code
