"""What is between two members: the answer of the service and the SQL expressions."""

from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.web.members.scene import Crowd, relations
from tests.web.statements import sent
from web.accounts.models import Account
from web.core.app import App
from web.core.ids import new_id
from web.core.relations import Between, Relations
from web.graph.relations import blocked_between, follows, friends, friends_of_friends


@pytest.fixture
def crowd(app: App, owner_engine: sa.Engine) -> Crowd:
    """A member for everything that can be between two."""
    crowd = Crowd(new_id(), new_id())
    for between, blocks in relations():
        crowd.add("active", between, blocks, {})
    crowd.write(owner_engine)
    return crowd


def test_what_is_between_two_members_is_told_in_one_query(app: App, crowd: Crowd) -> None:
    with app.reading() as services:
        asked = services[Relations]
        for member_id, between in crowd.between.items():
            assert asked.between(crowd.viewer, member_id) == between
        with sent(app) as statements:
            asked.between(crowd.viewer, crowd.common_friend)
        assert len(statements) == 1


def test_blocks_and_friendships_are_the_same_from_either_side(app: App, crowd: Crowd) -> None:
    with app.reading() as services:
        for member_id, between in crowd.between.items():
            mirrored = Between(
                follows=between.followed_by,
                followed_by=between.follows,
                friends=between.friends,
                friends_of_friends=between.friends_of_friends,
                blocked=between.blocked,
            )
            assert services[Relations].between(member_id, crowd.viewer) == mirrored


def test_nothing_is_between_a_member_and_themselves_a_visitor_or_nobody(app: App, crowd: Crowd) -> None:
    member_id = next(iter(crowd.between))
    with app.reading() as services:
        for viewer, member in ((None, member_id), (member_id, member_id), (uuid4(), member_id)):
            assert services[Relations].between(viewer, member) == Between()


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("follows", follows),
        ("friends", friends),
        ("friends_of_friends", friends_of_friends),
        ("blocked", blocked_between),
    ],
)
def test_an_expression_takes_columns(
    name: str, expression: object, crowd: Crowd, owner_engine: sa.Engine
) -> None:
    assert callable(expression)
    viewer = sa.bindparam("viewer", crowd.viewer, sa.Uuid())
    with owner_engine.connect() as connection:
        found: set[UUID] = set(
            connection.scalars(sa.select(Account.id).where(expression(viewer, Account.id)))
        )
    expected = {member_id for member_id, between in crowd.between.items() if getattr(between, name)}
    assert found - {crowd.viewer, crowd.common_friend} == expected
