"""Counts of relations agree with the relations, also when many change them at once."""

import random
from collections.abc import Callable
from functools import partial
from itertools import permutations

import sqlalchemy as sa

from tests.factories import Person, make_person
from tests.web.together import together
from web.core.app import App
from web.graph.models import Follow, Friendship, RelationCount
from web.graph.service import GraphService


def follow(app: App, follower: Person, followed: Person) -> None:
    with app.work() as services:
        services[GraphService].follow(follower.id, followed.id)


def unfollow(app: App, follower: Person, followed: Person) -> None:
    with app.work() as services:
        services[GraphService].unfollow(follower.id, followed.id)


def assert_counts_agree(engine: sa.Engine) -> None:
    """Every counter equals a recount, and nobody with relations is without a counter."""
    recount = sa.select(
        RelationCount.member_id,
        RelationCount.follower_count,
        RelationCount.following_count,
        RelationCount.friend_count,
        sa.select(sa.func.count())
        .where(Follow.followed_id == RelationCount.member_id)
        .scalar_subquery()
        .label("followers"),
        sa.select(sa.func.count())
        .where(Follow.follower_id == RelationCount.member_id)
        .scalar_subquery()
        .label("following"),
        sa.select(sa.func.count())
        .where(Friendship.member_id == RelationCount.member_id)
        .scalar_subquery()
        .label("friends"),
    )
    totals = sa.select(
        sa.select(sa.func.coalesce(sa.func.sum(RelationCount.follower_count), 0)).scalar_subquery(),
        sa.select(sa.func.coalesce(sa.func.sum(RelationCount.following_count), 0)).scalar_subquery(),
        sa.select(sa.func.count()).select_from(Follow).scalar_subquery(),
    )
    with engine.connect() as connection:
        for row in connection.execute(recount):
            assert (row.follower_count, row.following_count) == (row.followers, row.following)
            assert row.friend_count == row.friends
        assert len(set(connection.execute(totals).one())) == 1


def test_the_first_unfollow_of_all_needs_no_counter(app: App, mina: Person, joon: Person) -> None:
    unfollow(app, mina, joon)


def test_following_each_other_at_once_does_not_deadlock(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    for action in (follow, unfollow, follow):
        together([partial(action, app, mina, joon), partial(action, app, joon, mina)])
        assert_counts_agree(owner_engine)


def test_the_same_follow_many_times_at_once_counts_once(
    app: App, mina: Person, joon: Person, owner_engine: sa.Engine, emitted: Callable[..., list[object]]
) -> None:
    together([partial(follow, app, mina, joon)] * 8)
    assert_counts_agree(owner_engine)
    assert len(emitted()) == 1


def test_many_members_follow_and_unfollow_each_other_at_once(app: App, owner_engine: sa.Engine) -> None:
    people = [make_person(app, f"member{number}") for number in range(5)]
    pairs = list(permutations(people, 2))

    def wander(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            chance.choice((follow, follow, unfollow))(app, *chance.choice(pairs))

    together([partial(wander, seed) for seed in range(8)])
    assert_counts_agree(owner_engine)
