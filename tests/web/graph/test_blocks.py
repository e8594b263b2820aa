"""Blocking and taking a block back."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from uuid import uuid4

import pytest
import sqlalchemy as sa
import sqlalchemy.orm

from tests.factories import Person, befriend, make_person
from tests.web.conftest import Api
from tests.web.graph.test_counts import assert_counts_agree
from tests.web.graph.test_follow import relationship
from tests.web.statements import sent
from tests.web.together import together
from tests.web.vanishing import SHUT_OUT, set_columns
from web.core.app import App
from web.core.errors import NotFound
from web.core.events import Event
from web.graph.events import (
    FriendshipEnded,
    MemberBlocked,
    MemberFollowed,
    MemberUnblocked,
    MemberUnfollowed,
)
from web.graph.models import Block, Follow, Friendship
from web.graph.service import GraphService

Emitted = Callable[..., list[Event]]


def test_a_block_ends_follows_and_friendship_both_ways(
    app: App,
    api: Api,
    mina: Person,
    joon: Person,
    sora: Person,
    owner_engine: sa.Engine,
    emitted: Emitted,
) -> None:
    befriend(app, mina, joon)
    api.put(f"/users/{joon.id}/follow", sora)
    before = len(emitted())
    assert api.put(f"/users/{joon.id}/block", mina) == relationship(joon, blocking=True)
    assert_counts_agree(owner_engine)
    with owner_engine.connect() as connection:
        assert connection.scalars(sa.select(Follow.follower_id)).all() == [sora.id]
        assert connection.scalar(sa.select(sa.func.count()).select_from(Friendship)) == 0
    assert emitted()[before:] == [
        MemberBlocked(blocker_id=mina.id, blocked_id=joon.id),
        FriendshipEnded(member_id=mina.id, friend_id=joon.id),
        MemberUnfollowed(follower_id=mina.id, followed_id=joon.id),
        MemberUnfollowed(follower_id=joon.id, followed_id=mina.id),
    ]


def test_blocking_twice_is_blocking_once(
    api: Api, mina: Person, joon: Person, owner_engine: sa.Engine, emitted: Emitted
) -> None:
    first = api.put(f"/users/{joon.id}/block", mina, json={"reason": "spam"})
    set_columns(owner_engine, joon, **SHUT_OUT["banned"])  # nor does it matter how the other stands
    assert api.put(f"/users/{joon.id}/block", mina) == first
    assert emitted() == [MemberBlocked(blocker_id=mina.id, blocked_id=joon.id)]


def test_unblocking_twice_is_unblocking_once_and_brings_nothing_back(
    api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    api.put(f"/users/{joon.id}/block", mina)
    first = api.delete(f"/users/{joon.id}/block", mina, status=200)
    assert (first["blocking"], first["following"]) == (False, False)
    assert api.delete(f"/users/{joon.id}/block", mina, status=200) == first
    assert emitted()[3:] == [MemberUnblocked(blocker_id=mina.id, blocked_id=joon.id)]
    api.put(f"/users/{mina.id}/follow", joon)


def test_neither_side_of_a_block_finds_the_other(api: Api, mina: Person, joon: Person) -> None:
    api.put(f"/users/{joon.id}/block", mina)
    for one, other in ((mina, joon), (joon, mina)):
        api.put(f"/users/{other.id}/follow", one, status=404)
        api.delete(f"/users/{other.id}/follow", one, status=404)
        api.get(f"/users/{other.id}/followers", one, status=404)
        api.get(f"/users/{other.id}", one, status=404)
    api.put(f"/users/{mina.id}/block", joon, status=404)
    api.delete(f"/users/{mina.id}/block", joon, status=404)


def test_the_blocked_is_not_told(
    app: App, api: Api, mina: Person, joon: Person, run_jobs: Callable[[], int]
) -> None:
    api.put(f"/users/{joon.id}/block", mina)
    api.delete(f"/users/{joon.id}/block", mina, status=200)
    assert api.get("/notifications", joon)["items"] == []
    assert not app.channels.delivers(MemberBlocked.name)
    assert not app.channels.delivers(MemberUnblocked.name)


def test_nobody_blocks_themselves_or_nobody(api: Api, mina: Person) -> None:
    for method in ("PUT", "DELETE"):
        answer = api.call(method, f"/users/{mina.id}/block", mina, status=422)
        assert answer.json["error"]["code"] == "SELF_BLOCK"
        for nobody in (str(uuid4()), "@nobody"):
            api.call(method, f"/users/{nobody}/block", mina, status=404)


def test_the_blocked_are_listed_newest_first_with_the_reason(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    api.put(f"/users/{joon.id}/block", mina, json={"reason": " spam "})
    api.put(f"/users/{sora.id}/block", mina, json={})
    api.put(f"/users/{mina.id}/block", make_person(app, "other"))
    listed = api.every_page("/users/me/blocked", mina, limit=1)
    assert [(item["username"], item["reason"]) for item in listed] == [("sora", None), ("joon", "spam")]
    assert set(listed[0]) > {"id", "username", "nickname", "avatar_url", "reason", "blocked_at"}
    assert api.get("/users/me/blocked", joon)["items"] == []


def test_the_list_of_the_blocked_is_one_statement(app: App, api: Api, mina: Person, joon: Person) -> None:
    api.put(f"/users/{joon.id}/block", mina)
    api.get("/users/me/blocked", mina)  # from here on the session is cached
    with sent(app) as statements:
        api.get("/users/me/blocked", mina)
    assert len(statements) == 1


@pytest.mark.parametrize("body", [{"reason": "x" * 301}, {"why": "x"}, ["reason"]])
def test_what_is_no_reason_is_refused(
    api: Api, mina: Person, joon: Person, body: object, emitted: Emitted
) -> None:
    api.put(f"/users/{joon.id}/block", mina, json=body, status=422)
    assert emitted() == []


def test_a_follow_that_races_a_block_does_not_survive(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine, emitted: Emitted
) -> None:
    def follow(follower: Person, followed: Person) -> None:
        with suppress(NotFound), app.work() as services:
            services[GraphService].follow(follower.id, followed.id)

    def block() -> None:
        with app.work() as services:
            services[GraphService].block(mina.id, joon.id)

    def unblock() -> None:
        with app.work() as services:
            services[GraphService].unblock(mina.id, joon.id)

    for _ in range(12):
        actions: list[Callable[[], None]] = [partial(follow, mina, joon), partial(follow, joon, mina)]
        together([*actions, block, *actions])
        with owner_engine.connect() as connection:
            assert connection.scalars(sa.select(Follow.follower_id)).all() == []
        assert_counts_agree(owner_engine)
        unblock()
    changes = [type(event) for event in emitted()]
    assert changes.count(MemberFollowed) == changes.count(MemberUnfollowed)


def test_a_follow_waits_for_a_block_of_the_same_pair_that_is_not_committed_yet(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    """The order that a race takes only now and then, made certain."""
    with app.work() as services:
        services[GraphService].block(mina.id, joon.id)

        def follow() -> None:
            with app.work() as others:
                others[sa.orm.Session].execute(sa.text("SET LOCAL lock_timeout = '100ms'"))
                others[GraphService].follow(joon.id, mina.id)

        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            together([follow])


def test_two_who_block_each_other_at_once_leave_one_block(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    def block(blocker: Person, blocked: Person) -> None:
        with suppress(NotFound), app.work() as services:
            services[GraphService].block(blocker.id, blocked.id)

    together([partial(block, mina, joon), partial(block, joon, mina)] * 4)
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Block)) == 1
