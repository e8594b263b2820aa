"""What members' sockets are told of their notifications."""

from typing import Any

import orjson
import pytest

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import follow, like, wish, work_off
from tests.web.statements import sent
from tests.web.vanishing import WAYS, vanish
from web.core.app import App
from web.core.clock import FixedClock
from web.core.inbox import Inbox
from web.core.job_runner import JobRunner
from web.notifications.service import GROWTH_WAITS

OURS = ("notification.new", "notification.updated")


def frames(app: App, who: Person) -> list[dict[str, Any]]:
    """The frames of notifications that a member who connects now gets, oldest first."""
    work_off(app)
    while JobRunner(app, "relay").run_due():
        """Until all are in the inbox."""
    with app.reading() as services:
        inbox = services[Inbox]
        read = [orjson.loads(frame) for frame in inbox.frames(inbox.after(who.id, 0, 100)) if frame]
    return [frame for frame in read if frame["event"] in OURS]


def test_a_new_one_comes_as_the_list_shows_it_with_the_count(
    app: App, api: Api, joon: Person, sora: Person
) -> None:
    follow(app, sora, joon)
    [frame] = frames(app, joon)
    [item] = api.get("/notifications", joon, headers={"Accept-Language": "en"})["items"]
    assert frame["event"] == "notification.new"
    assert frame["data"] == item | {"unread_count": 1}


def test_more_of_the_same_updates_it(
    app: App, clock: FixedClock, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    for person in (joon, sora):
        like(app, person, post_id)
        work_off(app)
        clock.moment += GROWTH_WAITS
    new, updated = frames(app, mina)
    assert [frame["event"] for frame in (new, updated)] == list(OURS)
    assert new["data"]["id"] == updated["data"]["id"]
    assert (updated["data"]["other_count"], updated["data"]["unread_count"]) == (1, 1)


def test_it_is_in_the_members_own_language(app: App, mina: Person, joon: Person, sora: Person) -> None:
    for follower, followed in ((sora, mina), (sora, joon)):
        follow(app, follower, followed)
    assert frames(app, mina)[0]["data"]["title"] == "Sora 님이 나를 팔로우해요"
    assert frames(app, joon)[0]["data"]["title"] == "Sora follows you now"


def test_reading_archiving_and_deleting_is_told_to_other_sockets(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    for person in (joon, sora):
        follow(app, person, mina)
    frames(app, mina)
    first, second = [item["id"] for item in api.get("/notifications", mina)["items"]]
    for _ in range(2):  # the second time changes nothing
        api.put(f"/notifications/{first}/read", mina, status=204)
        api.put("/notifications/read-all", mina, status=204)
        api.post(f"/notifications/{first}/archive", None, mina, status=204)
    api.delete(f"/notifications/{second}", mina)
    told = [frame["data"] for frame in frames(app, mina) if "change" in frame["data"]]
    assert [(each["id"], each["change"]) for each in told] == [
        (first, "read"),
        (None, "read"),
        (first, "archived"),
        (second, "deleted"),
    ]
    assert {each["unread_count"] for each in told} == {0}


def test_what_was_taken_back_is_told_to_sockets(app: App, api: Api, mina: Person, joon: Person) -> None:
    api.post("/friends/requests", {"user_id": str(mina.id)}, joon)
    [asked] = frames(app, mina)
    [request] = api.get("/friends/requests", mina)["items"]
    api.delete(f"/friends/requests/{request['id']}", joon)
    told = frames(app, mina)[-1]
    assert (asked["data"]["unread_count"], told["event"]) == (1, "notification.updated")
    assert told["data"] == {"id": asked["data"]["id"], "change": "deleted", "unread_count": 0}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_shown_of_who_is_out_of_sight(
    app: App, mina: Person, joon: Person, owner_engine: Any, way: str
) -> None:
    follow(app, joon, mina)
    assert len(frames(app, mina)) == 1
    vanish(app, owner_engine, joon, mina, way)
    assert frames(app, mina) == []


def test_what_is_off_in_the_app_makes_no_frame(app: App, api: Api, mina: Person, joon: Person) -> None:
    wish(api, mina, types={"member_followed": {"in_app": False}})
    follow(app, joon, mina)
    assert frames(app, mina) == []


def test_many_are_rendered_in_as_many_statements_as_one(
    app: App, mina: Person, joon: Person, sora: Person
) -> None:
    def cost(who: Person) -> int:
        with app.reading() as services:
            inbox = services[Inbox]
            entries = [each for each in inbox.after(who.id, 0, 100) if each.name == "member_told"]
            with sent(app) as statements:
                inbox.frames(entries)
        return len(statements)

    follow(app, joon, mina)
    for follower in (mina, sora):
        follow(app, follower, joon)
    frames(app, mina)
    assert cost(joon) == cost(mina) == 3
