"""Naming members in posts: who is linked, and who is told."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from tests.factories import Person, make_post
from tests.web.conftest import Api
from web.content.events import MemberMentioned
from web.core.app import App
from web.core.events import Event
from web.core.inbox import Inbox
from web.core.job_runner import JobRunner
from web.notifications.models import Notification

Emitted = Callable[..., list[Event]]


def told(api: Api, who: Person) -> list[str]:
    return [each["type"] for each in api.get("/notifications", who)["items"]]


def named(post: Any) -> set[tuple[str, str]]:
    return {(each["user_id"], each["name"]) for each in post["mentions"]}


def test_a_post_links_and_tells_whom_it_names(
    api: Api, mina: Person, joon: Person, sora: Person, emitted: Emitted
) -> None:
    post = api.post("/posts", {"body": "with @JOON님 and ＠ｓｏｒａ, @nobody, not joon@sora.com"}, mina)
    assert named(post) == {(str(joon.id), "JOON"), (str(sora.id), "ｓｏｒａ")}
    assert named(api.get(f"/posts/{post['id']}")) == named(post)
    assert (told(api, joon), told(api, sora), told(api, mina)) == (["mentioned"], ["mentioned"], [])
    (notification,) = api.get("/notifications", joon)["items"]
    assert notification["action_url"] == f"/posts/{post['id']}"
    assert {event.member_id for event in emitted() if isinstance(event, MemberMentioned)} == {
        joon.id,
        sora.id,
    }


def test_only_who_may_read_it_is_told(app: App, api: Api, mina: Person, joon: Person, sora: Person) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    post = api.post("/posts", {"body": "@joon @sora @mina", "visibility": "followers"}, mina)
    assert len(named(post)) == 3
    assert (told(api, joon), told(api, sora)) == (["mentioned"], [])


def test_who_blocks_or_mutes_the_author_is_not_reached(
    api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    api.put(f"/users/{mina.id}/block", joon)
    api.put(f"/users/{mina.id}/mute", sora)
    post = api.post("/posts", {"body": "@joon @sora"}, mina)
    assert named(post) == {(str(sora.id), "sora")}
    with owner_engine.connect() as connection:
        mentioned = sa.select(sa.func.count()).where(Notification.type == "mentioned")
        assert connection.scalar(mentioned) == 0


def test_an_edit_tells_only_who_was_not_named_before(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina, "with @joon")
    edited = api.call("PATCH", f"/posts/{post_id}", mina, {"body": "@sora and @Joon"}, status=200).json
    assert named(edited) == {(str(joon.id), "Joon"), (str(sora.id), "sora")}
    assert (told(api, joon), told(api, sora)) == (["mentioned"], ["mentioned"])
    edited = api.call("PATCH", f"/posts/{post_id}", mina, {"body": "alone"}, status=200).json
    assert edited["mentions"] == []


def test_sockets_are_told_while_it_is_true(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    gone, shared = make_post(app, mina, "gone @joon"), make_post(app, mina, "look @joon")
    share = api.post(f"/posts/{shared}/share", who=sora)
    taken_back = make_post(app, mina)
    api.post(f"/posts/{taken_back}/share", who=sora)
    JobRunner(app, "relay").run_due()
    api.delete(f"/posts/{gone}", mina)
    api.delete(f"/posts/{taken_back}/share", sora, status=200)

    def frames(who: Person) -> list[tuple[str, Any]]:
        with app.reading() as services:
            inbox = services[Inbox]
            sent = [orjson.loads(frame) for frame in inbox.frames(inbox.after(who.id, 0, 50)) if frame]
        return [(frame["event"], frame["data"]) for frame in sent]

    ((name, mentioned),) = frames(joon)
    assert (name, mentioned["user_name"], mentioned["content_id"]) == ("mentioned", "Mina", str(shared))
    ((name, told),) = frames(mina)
    assert (name, told["user_name"], told["content_id"]) == ("content_shared", "Sora", str(shared))
    assert (told["share_id"], told["new_share_count"]) == (share["id"], 1)


@pytest.mark.parametrize("opened", [{"visibility": "public"}, {"visibility": "public", "body": "oh, @joon!"}])
def test_who_may_read_it_only_later_is_told_then_and_once(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, opened: dict[str, str]
) -> None:
    api.put(f"/users/{mina.id}/follow", sora)
    post_id = make_post(app, mina, "with @joon and @sora", "followers")
    assert (told(api, joon), told(api, sora)) == ([], ["mentioned"])
    for change in (opened, {"visibility": "friends"}, {"visibility": "public"}):
        api.call("PATCH", f"/posts/{post_id}", mina, change, status=200)
    assert (told(api, joon), told(api, sora)) == (["mentioned"], ["mentioned"])


def test_who_is_named_while_it_is_put_away_is_told_when_it_is_back(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    post_id = make_post(app, mina, "alone")
    api.post(f"/posts/{post_id}/archive", who=mina, status=200)
    api.call("PATCH", f"/posts/{post_id}", mina, {"body": "with @joon"}, status=200)
    assert told(api, joon) == []
    for _ in range(2):
        api.delete(f"/posts/{post_id}/archive", mina, status=200)
        api.post(f"/posts/{post_id}/archive", who=mina, status=200)
    assert told(api, joon) == ["mentioned"]


def test_naming_somebody_again_and_again_tells_once(app: App, api: Api, mina: Person, joon: Person) -> None:
    post_id = make_post(app, mina, "with @joon")
    comment = api.post(f"/posts/{post_id}/comments", {"body": "hello"}, mina)
    for body in ("alone", "with @joon"):
        api.call("PATCH", f"/posts/{post_id}", mina, {"body": body}, status=200)
        api.call("PATCH", f"/comments/{comment['id']}", mina, {"body": body}, status=200)
    assert told(api, joon) == ["mentioned"]
