"""Who may see content: the rule in Python and the rule in SQL are one rule."""

from itertools import product
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import empty_tables
from tests.web.crowd import START
from tests.web.members.scene import STANDINGS, Crowd, relations
from web.accounts.models import Account
from web.content.models import Content
from web.content.policy import may_see, visible
from web.core.app import App
from web.core.ids import new_id
from web.core.relations import Between
from web.feeds.queries import FOLLOWING_FIRST

VISIBILITIES = ("public", "followers", "friends", "private")
LEAVE_CONTENT = {"erased", "placeholder"}


class Post(NamedTuple):
    """A post of the scene."""

    author_id: UUID
    visibility: str
    deleted: bool


class Scene(NamedTuple):
    """Posts of each visibility, there and deleted, by authors who stand in each way to one viewer."""

    crowd: Crowd
    posts: dict[UUID, Post]


@pytest.fixture(scope="module")
def scene(shared_app: App, owner_engine: sa.Engine) -> Scene:
    """In the database."""
    empty_tables(owner_engine)
    crowd = Crowd(new_id(), new_id())
    for standing, (between, blocks) in product(STANDINGS, relations()):
        near = between.follows or between.followed_by or between.friends
        if not between.friends_of_friends and not (between.blocked and near):  # a block ends the others
            crowd.add(standing, between, blocks, {})
    crowd.write(owner_engine)
    authors = [crowd.viewer, *crowd.between]
    posts = {
        new_id(): Post(author, visibility, deleted)
        for author, visibility, deleted in product(authors, VISIBILITIES, (False, True))
    }
    with owner_engine.begin() as connection:
        connection.execute(
            sa.insert(Content),
            [
                {
                    "id": post_id,
                    "author_id": post.author_id,
                    "visibility": post.visibility,
                    "body": "seen?",
                    "created_at": START,
                    "deleted_at": START if post.deleted else None,
                }
                for post_id, post in posts.items()
            ],
        )
    return Scene(crowd, posts)


def seen_by_sql(app: App, viewer: UUID | None) -> set[UUID]:
    statement = sa.select(Content.id).join(Account, Account.id == Content.author_id).where(visible())
    with app.engines.reads.connect() as connection:
        return set(connection.scalars(statement, {"viewer": viewer}))


def allowed_by_python(scene: Scene, viewer: UUID | None, post: Post, between: Between) -> bool:
    standing = scene.crowd.standing.get(post.author_id, "active")
    return may_see(
        viewer_id=viewer,
        author_id=post.author_id,
        visibility=post.visibility,
        deleted=post.deleted,
        between=between,
        author_present=STANDINGS[standing][1],
        author_left_content=standing in LEAVE_CONTENT,
    )


def test_python_and_sql_agree_on_every_combination(shared_app: App, scene: Scene) -> None:
    crowd = scene.crowd
    seen = seen_by_sql(shared_app, crowd.viewer)
    for post_id, post in scene.posts.items():
        between = crowd.between.get(post.author_id, Between())
        allowed = allowed_by_python(scene, crowd.viewer, post, between)
        assert (post_id in seen) == allowed, (post, between, crowd.standing.get(post.author_id))


@pytest.mark.parametrize("who", ["a visitor", "somebody unknown"])
def test_python_and_sql_agree_about_strangers(shared_app: App, scene: Scene, who: str) -> None:
    viewer = None if who == "a visitor" else uuid4()
    seen = seen_by_sql(shared_app, viewer)
    for post_id, post in scene.posts.items():
        assert (post_id in seen) == allowed_by_python(scene, viewer, post, Between())


def test_authors_see_their_own_however_they_stand(shared_app: App, scene: Scene) -> None:
    one_of_each_standing = {standing: author for author, standing in scene.crowd.standing.items()}
    for author in one_of_each_standing.values():
        own = {post_id for post_id, post in scene.posts.items() if post.author_id == author}
        kept = {post_id for post_id in own if not scene.posts[post_id].deleted}
        assert seen_by_sql(shared_app, author) & own == kept


def test_the_feed_is_what_the_rule_shows_of_oneself_and_of_the_followed(
    shared_app: App, scene: Scene
) -> None:
    crowd = scene.crowd
    # Erasing a member takes the follows along, and nobody follows a placeholder.
    followed = {
        author
        for author, between in crowd.between.items()
        if between.follows and crowd.standing[author] not in LEAVE_CONTENT
    } | {crowd.viewer}
    with shared_app.engines.reads.connect() as connection:
        rows = connection.execute(FOLLOWING_FIRST, {"viewer": crowd.viewer, "rows": 10_000})
        feed = {row.id for row in rows if crowd.standing.get(row.author_id) not in LEAVE_CONTENT}
    seen = seen_by_sql(shared_app, crowd.viewer)
    assert feed == {post_id for post_id in seen if scene.posts[post_id].author_id in followed}
    assert {scene.posts[post_id].visibility for post_id in feed} == set(VISIBILITIES)


members = st.sampled_from([UUID(int=number) for number in range(3)])
betweens = st.builds(Between, follows=st.booleans(), friends=st.booleans(), blocked=st.booleans())


@given(
    viewer=st.none() | members,
    author=members,
    visibility=st.sampled_from(VISIBILITIES),
    deleted=st.booleans(),
    between=betweens,
    present=st.booleans(),
    left=st.booleans(),
)
def test_nobody_sees_what_is_deleted_and_only_the_author_what_is_private(
    viewer: UUID | None,
    author: UUID,
    visibility: str,
    deleted: bool,
    between: Between,
    present: bool,
    left: bool,
) -> None:
    seen = may_see(
        viewer_id=viewer,
        author_id=author,
        visibility=visibility,
        deleted=deleted,
        between=between,
        author_present=present,
        author_left_content=left,
    )
    if deleted:
        assert not seen
    elif viewer == author:
        assert seen
    elif between.blocked or visibility == "private" or not (present or left):
        assert not seen
    elif visibility == "public":
        assert seen
    elif visibility == "followers":
        assert seen == (present and (between.follows or between.friends))
    else:
        assert seen == (present and between.friends)
