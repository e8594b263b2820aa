"""Muting: what it hides, and that nothing else changes."""

from uuid import uuid4

import orjson
import sqlalchemy as sa

from tests.factories import Person, befriend, make_person, make_post
from tests.web.conftest import Api
from tests.web.graph.test_follow import Emitted, relationship
from tests.web.statements import sent
from web.core.app import App
from web.core.inbox import Inbox
from web.core.job_runner import JobRunner
from web.graph.events import MemberMuted, MemberUnmuted
from web.graph.models import Mute


def test_what_the_muted_share_is_not_listed_but_the_relation_stays(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    befriend(app, mina, joon)
    post = make_post(app, joon)
    answer = api.put(f"/users/{joon.id}/mute", mina)
    assert answer == relationship(joon, following=True, followed_by=True, friends=True, muting=True)
    assert api.get("/feed/following", mina)["items"] == []
    assert api.get(f"/posts/{post}", mina)["body"] == "hello"  # by its address
    api.delete(f"/users/{joon.id}/mute", mina, status=200)
    assert [item["id"] for item in api.get("/feed/following", mina)["items"]] == [str(post)]


def test_muting_twice_is_muting_once(api: Api, mina: Person, joon: Person, emitted: Emitted) -> None:
    first = api.put(f"/users/{joon.id}/mute", mina)
    assert api.put(f"/users/{joon.id}/mute", mina) == first
    assert emitted() == [MemberMuted(muter_id=mina.id, muted_id=joon.id)]


def test_unmuting_twice_is_unmuting_once(api: Api, mina: Person, joon: Person, emitted: Emitted) -> None:
    api.put(f"/users/{joon.id}/mute", mina)
    first = api.delete(f"/users/{joon.id}/mute", mina, status=200)
    assert first == relationship(joon)
    assert api.delete(f"/users/{joon.id}/mute", mina, status=200) == first
    assert emitted()[1:] == [MemberUnmuted(muter_id=mina.id, muted_id=joon.id)]


def test_the_muted_do_not_notice(app: App, api: Api, mina: Person, joon: Person) -> None:
    api.put(f"/users/{joon.id}/mute", mina)
    assert api.get(f"/users/{mina.id}", joon)["relationship"] == relationship(mina)
    assert api.get("/notifications", joon)["items"] == []
    assert not app.channels.delivers(MemberMuted.name)


def test_nobody_mutes_themselves_or_nobody(api: Api, mina: Person, joon: Person) -> None:
    for method in ("PUT", "DELETE"):
        answer = api.call(method, f"/users/{mina.id}/mute", mina, status=422)
        assert answer.json["error"]["code"] == "SELF_MUTE"
        api.call(method, f"/users/{uuid4()}/mute", mina, status=404)
    api.put(f"/users/{mina.id}/block", joon)
    api.put(f"/users/{joon.id}/mute", mina, status=404)


def test_a_mute_outlasts_a_block_and_can_be_taken_back_meanwhile(
    api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    api.put(f"/users/{joon.id}/mute", mina)
    assert api.put(f"/users/{joon.id}/block", mina)["muting"] is True
    assert api.get("/users/me/muted", mina)["items"] == []
    api.delete(f"/users/{joon.id}/mute", mina, status=200)
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Mute)) == 0


def test_the_muted_are_listed_newest_first_in_one_statement(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    for person in (joon, sora):
        api.put(f"/users/{person.id}/mute", mina)
    api.put(f"/users/{mina.id}/mute", make_person(app, "other"))
    listed = api.every_page("/users/me/muted", mina, limit=1)
    assert [item["username"] for item in listed] == ["sora", "joon"]
    assert set(listed[0]) > {"id", "nickname", "avatar_url", "muted_at"}
    with sent(app) as statements:
        api.get("/users/me/muted", mina)
    assert len(statements) == 1


def test_notifications_of_the_muted_are_neither_listed_nor_counted(
    api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    for follower in (joon, sora):
        api.put(f"/users/{mina.id}/follow", follower)
    api.put(f"/users/{joon.id}/mute", mina)
    assert [item["actor"]["username"] for item in api.get("/notifications", mina)["items"]] == ["sora"]
    assert api.get("/notifications/unread-count", mina) == {"unread": 1}
    api.delete(f"/users/{joon.id}/mute", mina, status=200)
    assert api.get("/notifications/unread-count", mina) == {"unread": 2}


def test_frames_of_the_muted_are_not_pushed(app: App, api: Api, mina: Person, joon: Person) -> None:
    post = make_post(app, mina)
    api.put(f"/users/{mina.id}/follow", joon)
    api.put(f"/posts/{post}/like", joon)
    JobRunner(app, "relay").run_due()
    assert frames(app, mina) == ["user_followed", "content_liked"]
    api.put(f"/users/{joon.id}/mute", mina)
    assert frames(app, mina) == []


def frames(app: App, reader: Person) -> list[str]:
    """What a reader who connects now gets, oldest first."""
    with app.reading() as services:
        inbox = services[Inbox]
        shown = inbox.frames(inbox.after(reader.id, 0, 100))
    return [orjson.loads(frame)["event"] for frame in shown if frame]
