"""Who is out of a reader's sight is out of it everywhere, and is back when that is over."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
import sqlalchemy as sa

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.statements import sent
from tests.web.vanishing import WAYS, come_back, set_columns, vanish
from web.content.comments import CommentService
from web.content.reacting import ReactionService
from web.content.schemas import NewComment
from web.core.app import App
from web.core.inbox import Inbox
from web.core.job_runner import JobRunner
from web.messaging.schemas import NewMessage
from web.messaging.service import MessagingService

Ids = dict[str, Any]


@pytest.fixture
def traces(app: App, mina: Person, joon: Person, sora: Person, api: Api) -> Ids:
    """What Joon leaves where Mina reads; Sora is always there, as a control."""
    for follower in (joon, sora):
        api.put(f"/users/{mina.id}/follow", follower)
        api.put(f"/users/{follower.id}/follow", mina)
    post = make_post(app, mina)
    theirs = make_post(app, joon)
    with app.work() as services:
        comments, reactions = services[CommentService], services[ReactionService]
        chats = services[MessagingService]
        comment = comments.comment(joon.id, post, NewComment(body="Joon was here"))
        comments.comment(sora.id, post, NewComment(body="Sora was here"))
        comments.comment(joon.id, post, NewComment(body="Joon answered"))
        answered = comments.comment(joon.id, post, NewComment(body="Joon began"))
        comments.comment(sora.id, post, NewComment(body="reply", parent_id=answered.id))
        comments.comment(joon.id, post, NewComment(body="Joon's reply", parent_id=answered.id))
        for person in (joon, sora):
            reactions.like(person.id, post)
        conversation = chats.start_direct(mina.id, joon.id)
        chats.send(joon.id, conversation, NewMessage(client_id=uuid4(), body="hi"))
    return {
        "post": post,
        "theirs": theirs,
        "comment": comment.id,
        "answered": answered.id,
        "conversation": conversation,
    }


def names(items: list[Any]) -> set[str]:
    return {item["username"] for item in items}


def what_mina_sees(api: Api, mina: Person, joon: Person, traces: Ids) -> dict[str, Any]:
    """Every place where Joon could show."""
    post, theirs, conversation = traces["post"], traces["theirs"], traces["conversation"]
    comments = api.get(f"/posts/{post}/comments", mina)["items"]
    replies = api.get(f"/comments/{traces['answered']}/replies", mina)["items"]
    notifications = api.get("/notifications?limit=100", mina)["items"]
    [chat] = api.get("/conversations", mina)["items"]
    return {
        "profile": api.call("GET", f"/users/{joon.id}", mina).status_int,
        "by name": api.call("GET", "/users/@joon", mina).status_int,
        "stats": api.call("GET", f"/users/{joon.id}/stats", mina).status_int,
        "card": names(api.get(f"/users?ids={joon.id}", mina)["items"]),
        "followers": names(api.get(f"/users/{mina.id}/followers", mina)["items"]) - {"sora"},
        "following": names(api.get(f"/users/{mina.id}/following", mina)["items"]) - {"sora"},
        "their lists": api.call("GET", f"/users/{joon.id}/followers", mina).status_int,
        "their posts": api.call("GET", f"/users/{joon.id}/posts", mina).status_int,
        "their post": api.call("GET", f"/posts/{theirs}", mina).status_int,
        "posts by id": len(api.get(f"/posts?ids={theirs}", mina)["items"]),
        "comments on it": api.call("GET", f"/posts/{theirs}/comments", mina).status_int,
        "like": api.call("PUT", f"/posts/{theirs}/like", mina).status_int,
        "feed": str(theirs) in [item["id"] for item in api.get("/feed/following", mina)["items"]],
        "comments": [item["body"] for item in comments],
        "replies": [item["body"] for item in replies],
        "authors": {item["author"]["username"] for item in comments + replies if item["author"]} - {"sora"},
        "notifications": {item["actor"]["username"] for item in notifications} - {"sora"},
        "unread agrees": api.get("/notifications/unread-count", mina)["unread"] == len(notifications),
        "partner": chat["partner"] and chat["partner"]["username"],
        "history": len(api.get(f"/conversations/{conversation}/messages", mina)["items"]),
        "chat": api.get(f"/conversations/{conversation}", mina) == chat,
    }


IN_SIGHT = {
    "profile": 200,
    "by name": 200,
    "stats": 200,
    "card": {"joon"},
    "followers": {"joon"},
    "following": {"joon"},
    "their lists": 200,
    "their posts": 200,
    "their post": 200,
    "posts by id": 1,
    "comments on it": 200,
    "like": 200,
    "feed": True,
    "comments": ["Joon was here", "Sora was here", "Joon answered", "Joon began"],
    "replies": ["reply", "Joon's reply"],
    "authors": {"joon"},
    "notifications": {"joon"},
    "unread agrees": True,
    "partner": "joon",
    "history": 1,
    "chat": True,
}
OUT_OF_SIGHT = {
    "profile": 404,
    "by name": 404,
    "stats": 404,
    "card": set(),
    "followers": set(),
    "following": set(),
    "their lists": 404,
    "their posts": 404,
    "their post": 404,
    "posts by id": 0,
    "comments on it": 404,
    "like": 404,
    "feed": False,
    "comments": ["Sora was here", None],  # what was answered stays as an empty place
    "replies": ["reply"],
    "authors": set(),
    "notifications": set(),
    "unread agrees": True,
    "partner": None,  # what was said stays, nameless
    "history": 1,
    "chat": True,
}


@pytest.mark.parametrize("way", WAYS)
def test_who_vanishes_is_nowhere_and_comes_back(
    app: App, api: Api, mina: Person, joon: Person, traces: Ids, owner_engine: sa.Engine, way: str
) -> None:
    assert what_mina_sees(api, mina, joon, traces) == IN_SIGHT
    vanish(app, owner_engine, joon, mina, way)
    assert what_mina_sees(api, mina, joon, traces) == OUT_OF_SIGHT
    come_back(app, owner_engine, joon, mina, way)
    after = what_mina_sees(api, mina, joon, traces)
    if "block" in way:  # a block has ended the follows
        assert after == IN_SIGHT | {"followers": set(), "following": set(), "feed": False}
    else:
        assert after == IN_SIGHT


@pytest.mark.parametrize("way", WAYS)
def test_who_vanishes_can_be_told_nothing(
    app: App, api: Api, mina: Person, joon: Person, traces: Ids, owner_engine: sa.Engine, way: str
) -> None:
    vanish(app, owner_engine, joon, mina, way)
    message = {"client_id": str(uuid4()), "body": "hello?"}
    api.post(f"/conversations/{traces['conversation']}/messages", message, mina, status=404)
    api.post("/conversations", {"member_id": str(joon.id)}, mina, status=404)
    api.put(f"/users/{joon.id}/follow", mina, status=404)
    api.post(f"/posts/{traces['theirs']}/comments", {"body": "hello?"}, mina, status=404)
    answer = {"body": "hello?", "parent_id": str(traces["comment"])}
    error = api.post(f"/posts/{traces['post']}/comments", answer, mina, status=422)
    assert error["error"]["code"] == "PARENT_ELSEWHERE"  # as if it were not there


@pytest.mark.parametrize("way", WAYS)
def test_frames_of_who_vanished_are_not_shown(
    app: App,
    mina: Person,
    joon: Person,
    traces: Ids,
    owner_engine: sa.Engine,
    run_relay: Callable[[], int],
    way: str,
) -> None:
    run_relay()
    assert frames_of(app, mina, joon) == {
        "user_followed",
        "content_commented",
        "content_liked",
        "message.new",
    }
    vanish(app, owner_engine, joon, mina, way)
    assert frames_of(app, mina, joon) == set()


def test_frames_about_a_post_are_shown_to_who_may_see_it(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, run_relay: Callable[[], int]
) -> None:
    """Joon answers Sora under Mina's post; once Mina blocks Sora, the post is not there for Sora."""
    post = make_post(app, mina)
    parent = api.post(f"/posts/{post}/comments", {"body": "Sora"}, sora)["id"]
    api.post(f"/posts/{post}/comments", {"body": "Joon", "parent_id": parent}, joon)
    run_relay()
    assert frames_of(app, sora, joon) == {"content_commented"}
    api.put(f"/users/{sora.id}/block", mina)
    assert frames_of(app, sora, joon) == set()


@pytest.fixture
def run_relay(app: App) -> Callable[[], int]:
    """Fills the inboxes from the delivery jobs that are due."""
    return JobRunner(app, "relay").run_due


def frames_of(app: App, reader: Person, actor: Person) -> set[str]:
    """The kinds of frames that a reader who connects now gets about somebody."""
    with app.reading() as services:
        inbox = services[Inbox]
        entries = inbox.after(reader.id, 0, 100)
        frames = inbox.frames(entries)
    return {
        orjson.loads(frame)["event"]
        for entry, frame in zip(entries, frames, strict=True)
        if frame and entry.delivered and entry.delivered.event.actor_id == actor.id
    }


def test_what_an_erased_member_left_in_public_stays(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    public, followers = make_post(app, joon), make_post(app, joon, visibility="followers")
    post = make_post(app, mina)
    api.post(f"/posts/{post}/comments", {"body": "still here"}, joon)
    api.put(f"/users/{joon.id}/follow", mina)
    set_columns(owner_engine, joon, erased_at=datetime.now(UTC), nickname="deleted member", birth_date=None)
    for reader in (mina, None):
        assert api.get(f"/posts/{public}", reader)["author"]["nickname"] == "deleted member"
        api.get(f"/posts/{followers}", reader, status=404)
        [comment] = api.get(f"/posts/{post}/comments", reader)["items"]
        assert (comment["body"], comment["author"]["nickname"]) == ("still here", "deleted member")
        api.get(f"/users/{joon.id}", reader, status=404)


def test_hiding_costs_no_queries(
    app: App, api: Api, mina: Person, joon: Person, traces: Ids, owner_engine: sa.Engine
) -> None:
    paths = {
        "/notifications": 4,  # with what they are about, and the words that the reader does not want
        "/notifications/unread-count": 1,
        "/conversations": 3,
        "/feed/following": 1,
        f"/posts/{traces['post']}/comments": 2,
        f"/users/{mina.id}/followers": 2,
        f"/users/{mina.id}/posts": 2,
        f"/users/{joon.id}": 1,
        f"/users/{joon.id}/stats": 2,
        f"/users?ids={joon.id}": 1,
    }
    api.get("/notifications", mina)  # from here on the session is cached
    for path, count in paths.items():
        with sent(app) as statements:
            api.get(path, mina)
        # Batches that are written after a request, for what it and others showed, are not its own.
        asked = [statement for statement in statements if not statement.startswith("INSERT")]
        assert len(asked) == count, path


def test_visitors_meet_members_whom_others_block(api: Api, mina: Person, joon: Person, app: App) -> None:
    post: UUID = make_post(app, joon)
    api.put(f"/users/{joon.id}/block", mina)
    for reader in (None, joon):
        api.get(f"/users/{joon.id}", reader)
        api.get(f"/posts/{post}", reader)
