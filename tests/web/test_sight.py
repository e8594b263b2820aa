"""No read route shows what is out of the reader's sight: every GET × every way to be out of it.

Generated from the declared routes. Each is in ``SEES`` with what it shows of others while that is in sight,
so that it is known to be able to leak; or in ``NOTHING_OF_OTHERS`` with the reason. One in neither fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests.web.conftest import Api
from tests.web.sight import WORDS, Place, found, make_place
from tests.web.test_matrix import all_routes
from tests.web.vanishing import WAYS, set_columns, vanish
from web.content.models import Content
from web.core.app import App

NOW = datetime.now(UTC)
ALL = ("people", "profile", "post", "reel", "story", "strangers", "comment")
CONTENT = ("post", "reel", "story")


@dataclass(frozen=True)
class Sees:
    """What a route shows to Mina.

    Attributes:
        address: with the names of ``Place.ids`` in braces.
        kinds: what it shows of those who can get out of sight, while they are in it.
        opened: no list that one comes across, but something that one asks for: a mute and blocked keywords
            do not hide that, and neither does a mute those whom one chose oneself.
        even_blocked: it is for those whom the reader blocks.
    """

    address: str
    kinds: tuple[str, ...]
    opened: bool = False
    even_blocked: bool = False


SEES: Mapping[str, Sees] = {
    "content.by_ids": Sees("/posts?ids={post},{share},{reel}", ("people", "post", "reel"), opened=True),
    "content.get": Sees("/posts/{post}", ("people", "post"), opened=True),
    "content.comments": Sees("/posts/{mine}/comments", ("people", "comment")),
    "content.replies": Sees("/comments/{thread}/replies", ("people", "comment")),
    "content.likers": Sees("/posts/{mine}/likes", ("people",)),
    "content.of_member": Sees("/users/{joon}/posts", ("people", "post", "reel"), opened=True),
    "content.saved": Sees("/posts/saved", ("people", "post")),
    "content.reels": Sees("/reels", ("people", "reel")),
    "content.stories": Sees("/stories", ("people", "story")),
    "content.story": Sees("/stories/{story}", ("people", "story"), opened=True),
    "content.story_viewers": Sees("/stories/{mine_story}/viewers", ("people",), opened=True),
    "feeds.feed": Sees("/feed", ("people", "post")),
    "feeds.following": Sees("/feed/following", ("people", "post", "reel")),
    "feeds.of_friends": Sees("/feed/friends", ("people", "post", "reel")),
    "feeds.discover": Sees("/feed/discover", ("people", "strangers")),
    "feeds.by_hashtag": Sees("/hashtags/tagged", ("people", "post")),
    "feeds.trending": Sees("/trending?kind=posts", ("people", "post", "strangers")),
    "friends.mutuals": Sees("/users/{sora}/mutuals", ("people",), opened=True),
    "friends.of_member": Sees("/users/{sora}/friends", ("people",), opened=True),
    "friends.requests": Sees("/friends/requests?direction=received", ("people",), opened=True),
    "graph.blocked": Sees("/users/me/blocked", (), even_blocked=True),
    "graph.muted": Sees("/users/me/muted", (), opened=True),
    "graph.follow_requests": Sees("/users/me/follow-requests", ("people",), opened=True),
    "graph.followers": Sees("/users/{sora}/followers", ("people",), opened=True),
    "graph.following": Sees("/users/{sora}/following", ("people",), opened=True),
    "members.cards": Sees("/users?ids={joon}", ("people",), opened=True),
    "members.friends": Sees("/friends", ("people",), opened=True),
    "members.online_friends": Sees("/friends/online", (), opened=True),
    "members.search_friends": Sees("/friends/search?q=joon", ("people",), opened=True),
    "members.profile": Sees("/users/{joon}", ("people", "profile"), opened=True),
    "members.stats": Sees("/users/{joon}/stats", (), opened=True),
    "key_exchanges.exchanges": Sees("/key-exchanges", ("people",), opened=True),
    "keys.of_member": Sees("/keys/{joon}", ("people",), opened=True),
    "keys.safety_number": Sees("/keys/{joon}/safety-number", (), opened=True),
    "secret_messages.messages": Sees("/secret-messages?peer={joon}", (), opened=True),
    "secret_messages.message": Sees("/secret-messages/{secret}", (), opened=True),
    "messaging.conversation": Sees("/conversations/{chat}", ("people",), opened=True),
    "messaging.conversations": Sees("/conversations", ("people",), opened=True),
    "messaging.messages": Sees("/conversations/{chat}/messages", ("people",), opened=True),
    "messaging.participants": Sees("/conversations/{chat}/participants", ("people",), opened=True),
    "messaging.search": Sees("/conversations/{chat}/search?q=chatting", ("people",), opened=True),
    "notifications.notifications": Sees("/notifications", ("people",)),
    "partners.partnerships": Sees("/accountability", ("people",), opened=True),
    "partners.check_ins": Sees("/accountability/{partnership}/check-ins", ("people",), opened=True),
    "rooms.rooms": Sees("/rooms", ("people",)),
    "rooms.room": Sees("/rooms/{room}", ("people",), opened=True),
    "rooms.participants": Sees("/rooms/{sora_room}/participants", ("people",), opened=True),
    "rooms.bans": Sees("/rooms/{mine_room}/bans", ("people",), opened=True),
    "rooms.messages": Sees("/rooms/{sora_room}/messages", ("people",)),
    "search.search": Sees("/search?q=joonmark", ("people",)),
    "suggestions.suggestions": Sees("/users/suggestions", ("people",)),
}
# More of what some of them answer to other questions.
ALSO = {
    "reels of a member": Sees("/users/{joon}/posts?kind=reels", ("people", "reel"), opened=True),
    "ranked by time": Sees("/feed?algo=time", ("people", "post", "reel")),
    "by engagement": Sees("/feed?strategy=engagement", ("people", "post")),
    "shared by another": Sees("/users/{sora}/posts", ("people", "post"), opened=True),
    "rooms one is in": Sees("/rooms?joined=true", ("people",), opened=True),
    "the share itself": Sees("/posts/{share}", ("people", "post"), opened=True),
    "comments on it": Sees("/posts/{post}/comments", (), opened=True),
    "search for words": Sees("/search?type=posts&q=postmark", ("people", "post")),
}
NOTHING_OF_OTHERS = {
    **dict.fromkeys(
        (
            "auth.me",
            "auth.my_passkeys",
            "auth.passkeys",
            "auth.second_factor",
            "auth.security_events",
            "auth.sessions",
            "keys.backup",
            "keys.mine",
            "me.get",
            "my_data.download",
            "my_data.find_copy",
            "settings.all_settings",
            "settings.appearance",
            "settings.blocked_keywords",
            "settings.privacy",
        ),
        "one's own account",
    ),
    "content.archived": "what one wrote oneself",
    "content.former": "what one wrote oneself",
    "content.comment_history": "what one wrote oneself",
    "content.reel_analytics": "numbers about one's own",
    "devices.devices": "one's own devices",
    "devices.vapid_key": "the key of this Plaza",
    "media.state": "what one uploaded oneself",
    **dict.fromkeys(("notifications.preferences", "notifications.settings"), "one's own wishes"),
    "matching.state": "nobody is named before both want it, and then it is the conversation that does",
    "realtime.events": "the frames of the inbox, as the sockets give them; test_frames_to_members",
    "notifications.unread_count": "a number; test_vanishing compares it with the list",
}
ROUTES = {**SEES, **ALSO}


def test_every_read_route_is_declared() -> None:
    read = {route.name for route in all_routes() if route.method == "GET"}
    declared = {*SEES, *NOTHING_OF_OTHERS}
    assert read - declared == set(), "say what it shows, or why it shows nothing of others"
    assert declared - read == set()


def shown(api: Api, place: Place, sees: Sees, who: Any) -> str:
    """What a route answers; nothing, when it refuses."""
    answer = api.call("GET", sees.address.format(**place.ids), who)
    assert answer.status_int < 500, answer.body
    return str(answer.text) if answer.status_int == 200 else ""


def shown_in_sight(api: Api, place: Place) -> None:
    """Every route shows what it declares; this fills the caches that it may have, too."""
    missing = {
        name: lacking
        for name, sees in ROUTES.items()
        if (lacking := set(sees.kinds) - found(shown(api, place, sees, place.mina), place, sees.kinds))
    }
    assert missing == {}


def leaks(
    api: Api, place: Place, kinds: tuple[str, ...], who: Any, leaves_out: Callable[[Sees], bool]
) -> dict[str, set[str]]:
    """What routes show of what should be out of sight."""
    return {
        name: shows
        for name, sees in ROUTES.items()
        if not leaves_out(sees) and (shows := found(shown(api, place, sees, who), place, kinds))
    }


@pytest.fixture
def place(app: App, api: Api, owner_engine: sa.Engine) -> Place:
    """With everything in sight, as every route has shown."""
    made = make_place(app, api, owner_engine)
    shown_in_sight(api, made)
    return made


@pytest.mark.parametrize("way", WAYS)
def test_who_is_out_of_sight_is_nowhere(
    app: App, api: Api, place: Place, owner_engine: sa.Engine, way: str
) -> None:
    for person in place.hidden:
        vanish(app, owner_engine, person, place.mina, way)
    is_list_of_blocks = way == "blocked by the reader"
    found_by_mina = leaks(api, place, ALL, place.mina, lambda sees: sees.even_blocked and is_list_of_blocks)
    assert found_by_mina == {}
    if "block" not in way:
        assert leaks(api, place, ALL, None, lambda _: False) == {}


def test_who_is_muted_is_in_no_list(app: App, api: Api, place: Place) -> None:
    for person in place.hidden:
        api.put(f"/users/{person.id}/mute", place.mina)
    assert leaks(api, place, ALL, place.mina, lambda sees: sees.opened) == {}


def test_unwanted_words_are_in_no_list(api: Api, place: Place) -> None:
    words = [*WORDS.values(), "strangermark"]
    api.call("PUT", "/settings/blocked-keywords", place.mina, {"keywords": words}, status=200)
    kinds = ("post", "reel", "comment", "strangers")
    assert leaks(api, place, kinds, place.mina, lambda sees: sees.opened) == {}


STATES: dict[str, dict[str, Any]] = {
    "deleted": {"deleted_at": NOW},
    "archived": {"archived_at": NOW},
    "hidden by moderators": {"hidden_at": NOW},
    "private": {"visibility": "private"},
}


@pytest.mark.parametrize("state", STATES)
def test_content_out_of_sight_is_nowhere(api: Api, place: Place, owner_engine: sa.Engine, state: str) -> None:
    set_content(owner_engine, place, **STATES[state])
    for reader in (place.mina, place.sora, None):
        assert leaks(api, place, CONTENT, reader, lambda _: False) == {}


def test_what_is_for_friends_is_nowhere_for_others(api: Api, place: Place, owner_engine: sa.Engine) -> None:
    set_content(owner_engine, place, visibility="friends")
    assert leaks(api, place, CONTENT, None, lambda _: False) == {}
    assert "content.get" in leaks(api, place, CONTENT, place.mina, lambda _: False)
    api.delete(f"/friends/{place.ids['joon']}", place.mina, status=200)  # leaves the follow
    assert leaks(api, place, CONTENT, place.mina, lambda _: False) == {}


def test_what_is_for_followers_is_nowhere_for_others(api: Api, place: Place, owner_engine: sa.Engine) -> None:
    set_content(owner_engine, place, visibility="followers")
    assert leaks(api, place, CONTENT, None, lambda _: False) == {}
    api.delete(f"/friends/{place.ids['joon']}", place.mina, status=200)
    assert "content.get" in leaks(api, place, CONTENT, place.mina, lambda _: False)
    api.delete(f"/users/{place.ids['joon']}/follow", place.mina, status=200)
    assert leaks(api, place, CONTENT, place.mina, lambda _: False) == {}


def test_of_a_private_profile_others_see_nothing_but_the_name(
    api: Api, place: Place, owner_engine: sa.Engine
) -> None:
    joon = next(person for person in place.hidden if person.id == place.ids["joon"])
    set_columns(owner_engine, joon, profile_visibility="private")
    for reader in (place.mina, place.sora, None):
        assert leaks(api, place, (*CONTENT, "profile"), reader, lambda _: False) == {}


def set_content(engine: sa.Engine, place: Place, **values: Any) -> None:
    """Change everything that Joon shares."""
    with engine.begin() as connection:
        connection.execute(sa.update(Content).where(Content.author_id == place.ids["joon"]).values(**values))
