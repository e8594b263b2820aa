"""Asking for friendship, and what becomes of it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, befriend, make_person
from tests.web.conftest import Api
from tests.web.graph.test_follow import Emitted, relationship
from tests.web.graph.test_follow_requests import told
from tests.web.graph.test_mutes import frames
from tests.web.statements import sent
from tests.web.vanishing import SHUT_OUT, set_columns
from web.core.app import App
from web.core.clock import Clock
from web.core.job_runner import JobRunner
from web.graph.events import (
    FriendRequestDeclined,
    FriendRequested,
    FriendRequestWithdrawn,
    FriendshipBegan,
    MemberFollowed,
)
from web.graph.friends import jobs
from web.graph.models import FriendRequest
from web.notifications.events import NotificationsChanged


def ask(api: Api, sender: Person, receiver: Person, status: int = 201) -> Any:
    return api.post("/friends/requests", {"user_id": str(receiver.id)}, sender, status=status)


def listed(api: Api, who: Person, direction: str) -> list[str]:
    items = api.every_page(f"/friends/requests?direction={direction}", who)
    return [item["member"]["username"] for item in items]


def test_asking_shows_on_both_sides(api: Api, mina: Person, joon: Person, emitted: Emitted) -> None:
    request = ask(api, mina, joon)
    assert (request["direction"], request["status"]) == ("sent", "pending")
    assert request["member"]["username"] == "joon"
    assert api.get(f"/users/{joon.id}", mina)["relationship"] == relationship(joon, friend_request="sent")
    assert api.get(f"/users/{mina.id}", joon)["relationship"] == relationship(mina, friend_request="received")
    [received] = api.get("/friends/requests", joon)["items"]
    assert received["id"] == request["id"]
    assert (received["direction"], received["member"]["username"]) == ("received", "mina")
    assert (listed(api, mina, "sent"), listed(api, mina, "received")) == (["joon"], [])
    assert [type(event) for event in emitted()] == [FriendRequested]
    assert told(api, joon) == ["friend_request"]


def test_asking_twice_is_asking_once(api: Api, mina: Person, joon: Person, emitted: Emitted) -> None:
    assert ask(api, mina, joon) == ask(api, mina, joon)
    assert len(emitted()) == 1
    assert told(api, joon) == ["friend_request"]


def test_agreeing_makes_friends_who_follow_each_other(
    api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    request = ask(api, mina, joon)
    answer = api.put(f"/friends/requests/{request['id']}/accept", joon)
    assert answer == relationship(mina, friends=True, following=True, followed_by=True)
    assert emitted()[1:] == [
        FriendshipBegan(member_id=joon.id, friend_id=mina.id),
        MemberFollowed(follower_id=mina.id, followed_id=joon.id, agreed=True),
        MemberFollowed(follower_id=joon.id, followed_id=mina.id, agreed=True),
    ]
    for person in (mina, joon):
        profile = api.get(f"/users/{person.id}")
        assert [profile[f"{name}_count"] for name in ("friend", "follower", "following")] == [1, 1, 1]
        assert api.get(f"/users/{person.id}/stats")["friend_count"] == 1
    assert told(api, mina) == ["friend_accepted"]
    assert told(api, joon) == ["friend_request"]  # nobody is told of follows that came with it
    api.put(f"/friends/requests/{request['id']}/accept", joon, status=404)
    error = ask(api, mina, joon, status=409)
    assert error["error"]["code"] == "ALREADY_FRIENDS"


def test_friends_follow_each_other_whatever_their_profiles_say(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, mina, profile_visibility="friends")
    api.put(f"/users/{mina.id}/follow", joon)  # which only asks
    befriend(app, mina, joon)
    answer = api.get(f"/users/{mina.id}", joon)["relationship"]
    assert answer == relationship(mina, friends=True, following=True, followed_by=True)
    assert api.get("/users/me/follow-requests", mina)["items"] == []


def test_two_who_ask_each_other_are_friends(api: Api, mina: Person, joon: Person) -> None:
    first = ask(api, mina, joon)
    answer = ask(api, joon, mina)
    assert (answer["id"], answer["status"], answer["direction"]) == (first["id"], "accepted", "received")
    assert api.get(f"/users/{mina.id}", joon)["relationship"]["friends"] is True
    assert told(api, mina) == ["friend_accepted"]


def test_who_is_declined_does_not_notice_and_reaches_nobody(
    api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    request = ask(api, mina, joon)
    for _ in range(2):
        api.put(f"/friends/requests/{request['id']}/decline", joon, status=204)
    assert [type(event) for event in emitted()] == [FriendRequested, FriendRequestDeclined]
    assert listed(api, joon, "received") == []
    assert (listed(api, mina, "sent"), told(api, mina)) == (["joon"], [])
    assert ask(api, mina, joon) == request
    assert api.get(f"/users/{mina.id}", joon)["relationship"]["friend_request"] is None

    api.delete(f"/friends/requests/{request['id']}", mina)
    api.delete(f"/friends/requests/{request['id']}", mina, status=404)
    assert listed(api, mina, "sent") == []
    assert api.get(f"/users/{joon.id}", mina)["relationship"] == relationship(joon)
    assert ask(api, mina, joon)["status"] == "pending"
    assert listed(api, mina, "sent") == ["joon"]
    assert listed(api, joon, "received") == []
    assert len(emitted()) == 2


def test_who_declined_may_still_ask(api: Api, mina: Person, joon: Person) -> None:
    request = ask(api, mina, joon)
    api.put(f"/friends/requests/{request['id']}/decline", joon, status=204)
    assert ask(api, joon, mina)["status"] == "accepted"


def test_a_decline_is_forgotten_after_a_while(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    request = ask(api, mina, joon)
    api.put(f"/friends/requests/{request['id']}/decline", joon, status=204)
    for days, left in ((29, 1), (31, 0)):
        with owner_engine.begin() as connection:
            declined_at = Clock().now() - timedelta(days=days)
            connection.execute(sa.update(FriendRequest).values(declined_at=declined_at))
        with app.work() as services:
            jobs.clean_up(services)
        with owner_engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(FriendRequest)) == left


def test_a_request_that_is_taken_back_leaves_no_trace(
    api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    request = ask(api, mina, joon)
    api.delete(f"/friends/requests/{request['id']}", mina)
    kinds = [FriendRequested, FriendRequestWithdrawn, NotificationsChanged]  # one less at the bell
    assert [type(event) for event in emitted()] == kinds
    assert (listed(api, joon, "received"), told(api, joon)) == ([], [])
    api.put(f"/friends/requests/{request['id']}/accept", joon, status=404)
    api.delete(f"/friends/requests/{request['id']}", mina, status=404)


def test_only_the_two_sides_answer_and_take_back(api: Api, mina: Person, joon: Person, sora: Person) -> None:
    request = ask(api, mina, joon)
    for who in (mina, sora):
        for answer in ("accept", "decline"):
            api.put(f"/friends/requests/{request['id']}/{answer}", who, status=404)
    for who in (joon, sora):
        api.delete(f"/friends/requests/{request['id']}", who, status=404)
    assert listed(api, joon, "received") == ["mina"]


def test_who_may_ask_is_a_setting(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    befriend(app, mina, sora)
    set_columns(owner_engine, joon, who_can_send_friend_requests="friends_of_friends")
    assert ask(api, mina, joon, status=403)["error"]["code"] == "FRIEND_REQUEST_NOT_ALLOWED"
    befriend(app, joon, sora)
    request = ask(api, mina, joon)
    set_columns(owner_engine, joon, who_can_send_friend_requests="no_one")
    assert ask(api, mina, joon) == request  # it has been asked already
    other = make_person(app, "other")
    ask(api, other, joon, status=403)
    ask(api, joon, other)
    assert api.get(f"/users/{joon.id}", other)["relationship"]["friend_request"] == "received"
    assert ask(api, other, joon)["status"] == "accepted"


def test_a_block_ends_requests_both_ways(api: Api, mina: Person, joon: Person) -> None:
    request = ask(api, mina, joon)
    api.put(f"/users/{mina.id}/block", joon)
    ask(api, mina, joon, status=404)
    api.delete(f"/users/{mina.id}/block", joon, status=200)
    assert (listed(api, joon, "received"), listed(api, mina, "sent"), told(api, joon)) == ([], [], [])
    api.put(f"/friends/requests/{request['id']}/accept", joon, status=404)


def test_a_block_does_not_undo_a_decline(api: Api, mina: Person, joon: Person, emitted: Emitted) -> None:
    """Else whoever was declined could ask anew by blocking and unblocking."""
    request = ask(api, mina, joon)
    api.put(f"/friends/requests/{request['id']}/decline", joon, status=204)
    api.put(f"/users/{joon.id}/block", mina)
    api.delete(f"/users/{joon.id}/block", mina, status=200)
    ask(api, mina, joon)
    assert listed(api, joon, "received") == []
    assert [type(event) for event in emitted()].count(FriendRequested) == 1


def test_nobody_befriends_themselves_or_nobody(
    api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    assert ask(api, mina, mina, status=422)["error"]["code"] == "SELF_FRIEND"
    api.post("/friends/requests", {"user_id": str(uuid4())}, mina, status=404)
    api.delete(f"/friends/requests/{uuid4()}", mina, status=404)
    request = ask(api, joon, mina)
    set_columns(owner_engine, joon, **SHUT_OUT["banned"])
    ask(api, mina, joon, status=404)
    api.put(f"/friends/requests/{request['id']}/accept", mina, status=404)
    assert listed(api, mina, "received") == []


@pytest.mark.parametrize("body", [{}, {"user_id": "mina"}, {"user_id": None}, [], {"id": str(uuid4())}])
def test_what_names_nobody_is_refused(api: Api, mina: Person, body: object) -> None:
    api.post("/friends/requests", body, mina, status=422)


def test_a_list_of_requests_is_one_statement_and_counts_mutual_friends(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    befriend(app, mina, sora)
    befriend(app, joon, sora)
    ask(api, joon, mina)
    ask(api, make_person(app, "other"), mina)
    api.get("/friends/requests", mina)  # from here on the session is cached
    with sent(app) as statements:
        items = api.get("/friends/requests", mina)["items"]
    assert len(statements) == 1
    counted = [(item["member"]["username"], item["mutual_friends_count"]) for item in items]
    assert counted == [("other", 0), ("joon", 1)]


def test_sockets_are_told_while_the_request_waits(app: App, api: Api, mina: Person, joon: Person) -> None:
    request = ask(api, mina, joon)
    JobRunner(app, "relay").run_due()
    assert frames(app, joon) == ["friend_request"]
    api.put(f"/friends/requests/{request['id']}/accept", joon)
    JobRunner(app, "relay").run_due()
    assert frames(app, joon) == []
    assert frames(app, mina) == ["friend_accepted"]
