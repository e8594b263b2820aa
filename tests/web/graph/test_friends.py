"""Friendships: ending them, counting them, and whom two members have in common."""

import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import permutations
from uuid import UUID, uuid4

import sqlalchemy as sa

from tests.factories import Person, befriend, make_person
from tests.web.conftest import Api
from tests.web.graph.test_counts import assert_counts_agree
from tests.web.graph.test_follow import Emitted, relationship
from tests.web.statements import sent
from tests.web.together import together
from tests.web.vanishing import set_columns
from web.core.app import App
from web.core.errors import NotFound
from web.core.services import Services
from web.graph.events import FriendshipBegan, FriendshipEnded
from web.graph.friends.errors import AlreadyFriends
from web.graph.friends.service import FriendService
from web.graph.models import FriendRequest, Friendship
from web.graph.service import GraphService

ACTIONS: list[Callable[[Services, UUID, UUID], object]] = [
    lambda services, one, other: services[FriendService].ask(one, other),
    lambda services, one, other: services[FriendService].ask(one, other),
    lambda services, one, other: services[FriendService].unfriend(one, other),
    lambda services, one, other: services[GraphService].unfollow(one, other),
    lambda services, one, other: services[GraphService].block(one, other),
    lambda services, one, other: services[GraphService].unblock(one, other),
]


def names(api: Api, path: str, who: Person) -> list[str]:
    return [card["username"] for card in api.every_page(path, who)]


def test_ending_a_friendship_leaves_the_follows(
    app: App, api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    befriend(app, mina, joon)
    before = len(emitted())
    for _ in range(2):
        answer = api.delete(f"/friends/{joon.id}", mina, status=200)
        assert answer == relationship(joon, following=True, followed_by=True)
    assert emitted()[before:] == [FriendshipEnded(member_id=mina.id, friend_id=joon.id)]
    assert [api.get(f"/users/{person.id}")["friend_count"] for person in (mina, joon)] == [0, 0]
    assert not app.channels.delivers(FriendshipEnded.name)


def test_nobody_is_no_friend(api: Api, mina: Person) -> None:
    api.delete(f"/friends/{uuid4()}", mina, status=404)
    api.delete("/friends/@nobody", mina, status=404)


def test_friends_are_listed_newest_first_for_whom_both_lists_are_shown(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    for person in (joon, sora):
        befriend(app, mina, person)
    reader = make_person(app, "reader")
    assert names(api, f"/users/{mina.id}/friends", reader) == ["sora", "joon"]
    for name in ("followers", "following"):
        set_columns(owner_engine, mina, **{f"show_{name}_list": "nobody"})
        error = api.get(f"/users/{mina.id}/friends", reader, status=403)
        assert error["error"]["code"] == "LIST_NOT_SHOWN"
        assert len(names(api, f"/users/{mina.id}/friends", mina)) == 2
        set_columns(owner_engine, mina, **{f"show_{name}_list": "everyone"})
    api.put(f"/users/{sora.id}/block", reader)
    assert names(api, f"/users/{mina.id}/friends", reader) == ["joon"]


def test_whom_two_members_have_in_common(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    yuna, only_mine, only_his = (make_person(app, name) for name in ("yuna", "mine", "his"))
    for common in (sora, yuna):
        befriend(app, mina, common)
        befriend(app, joon, common)
    befriend(app, mina, only_mine)
    befriend(app, joon, only_his)
    api.put(f"/users/{only_his.id}/follow", mina)
    path = f"/users/{joon.id}/mutuals"
    assert names(api, path, mina) == ["yuna", "sora"]
    assert names(api, f"{path}?kind=following", mina) == ["his", "yuna", "sora"]
    with sent(app) as statements:
        api.get(path, mina)
    assert len(statements) == 2  # may she, and who
    api.put(f"/users/{sora.id}/block", mina)
    assert names(api, path, mina) == ["yuna"]
    set_columns(owner_engine, joon, show_following_list="nobody")
    api.get(path, mina, status=403)
    api.get(f"{path}?kind=following", mina)
    set_columns(owner_engine, joon, show_followers_list="nobody")
    api.get(f"{path}?kind=following", mina, status=403)
    api.get(f"{path}?kind=enemies", mina, status=422)
    api.get(f"/users/{uuid4()}/mutuals", mina, status=404)


def test_two_who_ask_each_other_at_once_become_friends_once(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine, emitted: Emitted
) -> None:
    def ask(sender: Person, receiver: Person) -> None:
        with suppress(AlreadyFriends), app.work() as services:
            services[FriendService].ask(sender.id, receiver.id)

    together([partial(ask, mina, joon), partial(ask, joon, mina)] * 4)
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Friendship)) == 2
        assert connection.scalar(sa.select(sa.func.count()).select_from(FriendRequest)) == 0
    assert_counts_agree(owner_engine)
    assert [type(event) for event in emitted()].count(FriendshipBegan) == 1


def test_accepting_many_times_at_once_counts_once(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    with app.work() as services:
        request_id = services[FriendService].ask(mina.id, joon.id).id

    def accept() -> bool:
        with suppress(NotFound), app.work() as services:
            services[FriendService].accept(joon.id, request_id)
            return True
        return False

    assert together([accept] * 8).count(True) == 1
    assert_counts_agree(owner_engine)


def test_many_befriend_unfriend_and_block_each_other_at_once(app: App, owner_engine: sa.Engine) -> None:
    people = [make_person(app, f"member{number}") for number in range(4)]
    pairs = list(permutations(people, 2))

    def wander(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(20):
            action, (one, other) = chance.choice(ACTIONS), chance.choice(pairs)
            with suppress(NotFound, AlreadyFriends), app.work() as services:
                action(services, one.id, other.id)

    together([partial(wander, seed) for seed in range(8)])
    assert_counts_agree(owner_engine)
    with owner_engine.connect() as connection:
        one_way = sa.text(
            "SELECT count(*) FROM friendships a WHERE NOT EXISTS ("
            "SELECT FROM friendships b WHERE b.member_id = a.friend_id AND b.friend_id = a.member_id)"
        )
        assert connection.scalar(one_way) == 0
