"""Asking to follow members whose profiles are not open."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person, make_post
from tests.web.conftest import Api
from tests.web.graph.test_counts import assert_counts_agree
from tests.web.graph.test_follow import Emitted, counts, relationship
from tests.web.graph.test_mutes import frames
from tests.web.together import together
from tests.web.vanishing import SHUT_OUT, set_columns
from web.core.app import App
from web.core.errors import NotFound
from web.core.job_runner import JobRunner
from web.graph.events import (
    FollowApproved,
    FollowDeclined,
    FollowRequested,
    FollowRequestWithdrawn,
    MemberFollowed,
)
from web.graph.follow_requests import FollowRequestService
from web.graph.models import Follow, FollowRequest
from web.graph.service import GraphService
from web.notifications.events import NotificationsChanged


@pytest.fixture
def mina(mina: Person, owner_engine: sa.Engine) -> Person:
    """She decides who follows her."""
    set_columns(owner_engine, mina, profile_visibility="friends")
    return mina


def waiting(api: Api, who: Person) -> list[str]:
    return [item["member"]["username"] for item in api.every_page("/users/me/follow-requests", who)]


def told(api: Api, who: Person) -> list[str]:
    return [item["type"] for item in api.get("/notifications", who)["items"]]


@pytest.mark.parametrize("visibility", ["friends", "private"])
def test_following_a_closed_profile_asks(
    api: Api, mina: Person, joon: Person, owner_engine: sa.Engine, emitted: Emitted, visibility: str
) -> None:
    set_columns(owner_engine, mina, profile_visibility=visibility)
    answer = api.put(f"/users/{mina.id}/follow", joon)
    assert answer == relationship(mina, requested=True)
    assert api.put(f"/users/{mina.id}/follow", joon) == answer
    assert emitted() == [FollowRequested(requester_id=joon.id, member_id=mina.id)]
    assert waiting(api, mina) == ["joon"]
    assert told(api, mina) == ["follow_request"]
    assert counts(api, joon) == (0, 0)


def test_who_is_let_in_follows_and_is_told(
    app: App, api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    post = make_post(app, mina, visibility="followers")
    api.put(f"/users/{mina.id}/follow", joon)
    api.get(f"/posts/{post}", joon, status=404)
    first = api.put(f"/follow-requests/{joon.id}/approve", mina)
    assert first == relationship(joon, followed_by=True)
    assert api.put(f"/follow-requests/{joon.id}/approve", mina) == first
    assert api.get(f"/users/{mina.id}", joon)["relationship"] == relationship(mina, following=True)
    api.get(f"/posts/{post}", joon)
    assert waiting(api, mina) == []
    events = [event for event in emitted() if isinstance(event, FollowApproved | MemberFollowed)]
    assert events == [
        FollowApproved(member_id=mina.id, requester_id=joon.id),
        MemberFollowed(follower_id=joon.id, followed_id=mina.id, agreed=True),
    ]
    assert told(api, joon) == ["follow_approved"]
    assert told(api, mina) == ["follow_request"]  # not that she is followed, to which she agreed


def test_who_is_declined_is_not_told_and_may_ask_again(
    api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    for _ in range(2):
        assert api.put(f"/follow-requests/{joon.id}/decline", mina) == relationship(joon)
    assert emitted()[1:] == [FollowDeclined(member_id=mina.id, requester_id=joon.id)]
    assert told(api, joon) == []
    assert api.put(f"/users/{mina.id}/follow", joon)["requested"] is True
    assert waiting(api, mina) == ["joon"]


def test_a_request_is_taken_back_by_unfollowing(
    api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    for _ in range(2):
        assert api.delete(f"/users/{mina.id}/follow", joon, status=200) == relationship(mina)
    withdrawn, counted = emitted()[1:]
    assert withdrawn == FollowRequestWithdrawn(requester_id=joon.id, member_id=mina.id)
    assert isinstance(counted, NotificationsChanged)  # one less at the bell
    assert (waiting(api, mina), told(api, mina)) == ([], [])
    api.put(f"/follow-requests/{joon.id}/approve", mina, status=404)


def test_opening_a_profile_lets_nobody_in_who_does_not_ask_again(
    api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    set_columns(owner_engine, mina, profile_visibility="everyone")
    assert api.get(f"/users/{mina.id}", joon)["relationship"] == relationship(mina, requested=True)
    assert api.put(f"/users/{mina.id}/follow", joon) == relationship(mina, following=True)
    assert waiting(api, mina) == []


def test_a_block_ends_what_was_asked_both_ways(
    api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    set_columns(owner_engine, joon, profile_visibility="friends")
    api.put(f"/users/{mina.id}/follow", joon)
    api.put(f"/users/{joon.id}/follow", mina)
    assert api.put(f"/users/{joon.id}/block", mina) == relationship(joon, blocking=True)
    api.delete(f"/users/{joon.id}/block", mina, status=200)
    for person in (mina, joon):
        assert (waiting(api, person), told(api, person)) == ([], [])


@pytest.mark.parametrize("answer", ["approve", "decline"])
def test_nobody_answers_who_is_not_there_or_did_not_ask(
    api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine, answer: str
) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    set_columns(owner_engine, joon, **SHUT_OUT["suspended"])
    assert waiting(api, mina) == []
    for nobody in (joon.id, uuid4()):
        api.put(f"/follow-requests/{nobody}/{answer}", mina, status=404)
    for stranger in (sora, mina):
        api.put(f"/follow-requests/{stranger.id}/{answer}", mina, status=404 if answer == "approve" else 200)


def test_who_asks_is_listed_newest_first(app: App, api: Api, mina: Person) -> None:
    people = [make_person(app, f"member{number}") for number in range(5)]
    for person in people:
        api.put(f"/users/{mina.id}/follow", person)
    assert waiting(api, mina) == [person.username for person in reversed(people)]
    assert waiting(api, people[0]) == []
    [item] = api.get("/users/me/follow-requests?limit=1", mina)["items"]
    assert (set(item), item["mutual_friends_count"]) == (
        {"member", "mutual_friends_count", "requested_at"},
        0,
    )


def test_sockets_are_told_of_requests_while_they_wait_and_of_being_let_in(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    for asking in (joon, sora):
        api.put(f"/users/{mina.id}/follow", asking)
    JobRunner(app, "relay").run_due()
    assert frames(app, mina) == ["follow_request", "follow_request"]
    api.delete(f"/users/{mina.id}/follow", sora, status=200)
    assert frames(app, mina) == ["follow_request"]  # who reconnects now does not hear of what was taken back
    api.put(f"/follow-requests/{joon.id}/approve", mina)
    JobRunner(app, "relay").run_due()
    assert frames(app, mina) == ["notification.updated"]  # one less at the bell
    assert frames(app, joon) == ["follow_approved"]


def test_asking_taking_back_and_letting_in_at_once_leave_one_state(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    def approve() -> None:
        with app.work() as services:
            try:
                services[FollowRequestService].approve(mina.id, joon.id)
            except NotFound:
                return

    def change(name: str) -> None:
        with app.work() as services:
            getattr(services[GraphService], name)(joon.id, mina.id)

    for _ in range(6):
        actions: list[Any] = [partial(change, "follow"), partial(change, "unfollow"), approve]
        together(actions * 2)
        assert_counts_agree(owner_engine)
        with owner_engine.connect() as connection:
            follows, requests = (
                connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in (Follow, FollowRequest)
            )
        assert follows + requests <= 1
