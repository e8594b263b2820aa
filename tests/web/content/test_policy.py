"""Who may see content: the rule in Python and the rule in SQL are one rule."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.web.crowd import START, make_members
from web.content.models import Content
from web.content.policy import may_see, visible
from web.core.app import App
from web.graph.models import Follow

VISIBILITIES = ("public", "followers", "friends", "private")


class Scene(NamedTuple):
    """Every kind of viewer of every kind of post, in the database."""

    author: UUID
    viewers: dict[str, UUID | None]
    posts: dict[tuple[str, bool], UUID]
    sees: Callable[[UUID | None], set[UUID]]


@pytest.fixture
def scene(app: App, owner_engine: sa.Engine) -> Iterator[Scene]:
    """An author with a post of each visibility, there and deleted, and the people around."""
    author, follower, followed = make_members(owner_engine, 3)
    posts = {(visibility, deleted): uuid4() for visibility, deleted in product(VISIBILITIES, (False, True))}
    with owner_engine.begin() as connection:
        connection.execute(
            sa.insert(Content),
            [
                {
                    "id": post_id,
                    "author_id": author,
                    "visibility": visibility,
                    "body": "seen?",
                    "created_at": START,
                    "deleted_at": START if deleted else None,
                }
                for (visibility, deleted), post_id in posts.items()
            ],
        )
        connection.execute(
            sa.insert(Follow),
            [
                {"follower_id": follower, "followed_id": author, "created_at": START},
                {"follower_id": author, "followed_id": followed, "created_at": START},
            ],
        )
    statement = sa.select(Content.id).where(visible())
    with app.engines.reads.connect() as connection:
        yield Scene(
            author=author,
            viewers={
                "anonymous": None,
                "author": author,
                "follower": follower,
                "followed": followed,
                "nobody": uuid4(),
            },
            posts=posts,
            sees=lambda viewer: set(connection.scalars(statement, {"viewer": viewer})),
        )


def test_python_and_sql_agree_on_every_combination(scene: Scene) -> None:
    for name, viewer in scene.viewers.items():
        seen = scene.sees(viewer)
        for (visibility, deleted), post_id in scene.posts.items():
            allowed = may_see(
                viewer_id=viewer,
                author_id=scene.author,
                visibility=visibility,
                deleted=deleted,
                follows_author=name == "follower",
            )
            assert (post_id in seen) == allowed, f"{name}, {visibility}, deleted={deleted}"


members = st.sampled_from([UUID(int=number) for number in range(3)])


@given(
    viewer=st.none() | members,
    author=members,
    visibility=st.sampled_from(VISIBILITIES),
    deleted=st.booleans(),
    follows=st.booleans(),
)
def test_nobody_sees_what_is_deleted_and_only_the_author_what_is_private(
    viewer: UUID | None, author: UUID, visibility: str, deleted: bool, follows: bool
) -> None:
    seen = may_see(
        viewer_id=viewer, author_id=author, visibility=visibility, deleted=deleted, follows_author=follows
    )
    if deleted:
        assert not seen
    elif viewer == author or visibility == "public":
        assert seen
    elif visibility == "followers":
        assert seen == follows
    else:
        assert not seen
