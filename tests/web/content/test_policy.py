"""Who may see content: the rule in Python and the rule in SQL are one rule, on every combination.

The dimensions of the rule that lie in the relation (standing of the author, what is between the two, the
author's profile) and those that lie in the content (visibility, deleted, expired, archived, hidden) are all
crossed with each other, in the database.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import empty_tables
from tests.web.crowd import START
from tests.web.members.scene import STANDINGS, Crowd
from web.accounts.models import Account
from web.content import policy
from web.content.models import Comment, Content
from web.content.policy import Author, Piece, may_list, may_see
from web.core.app import App
from web.core.db import Base
from web.core.ids import new_id
from web.core.relations import Between
from web.feeds.queries import FOLLOWING_FIRST
from web.graph.models import Mute

VISIBILITIES = ("public", "followers", "friends", "private")
PROFILES = ("everyone", "friends", "private")
LEAVE_CONTENT = {"erased", "placeholder"}
LATER = datetime.now(UTC) + timedelta(days=1)
RULES: dict[str, tuple[Callable[..., bool], Callable[..., sa.ColumnElement[bool]]]] = {
    "visible": (may_see, policy.visible),
    "listed": (may_list, policy.listed),
}


class State(NamedTuple):
    """What can be with content, besides its visibility."""

    deleted: bool = False
    expired: bool = False
    archived: bool = False
    hidden: bool = False


STATES = [State(*each) for each in product((False, True), repeat=4)]


class Scene(NamedTuple):
    """Content of every kind by authors who stand in each way to one viewer."""

    crowd: Crowd
    authors: dict[UUID, Author]
    pieces: dict[UUID, Piece]


def ways_to_be_between() -> Iterator[tuple[Between, str]]:
    """Follows, friendship, a block from either side, and a mute: also what services never leave together."""
    blocks = ("none", "by the viewer", "by the member")
    for follows, friends, block, muted in product((False, True), (False, True), blocks, (False, True)):
        yield Between(follows=follows, friends=friends, blocked=block != "none", muted=muted), block


@pytest.fixture(scope="module")
def scene(shared_app: App, owner_engine: sa.Engine) -> Iterator[Scene]:
    """In the database, until the module ends."""
    empty_tables(owner_engine)
    crowd = Crowd(new_id(), new_id())
    authors = {crowd.viewer: Author()}
    for standing, profile, (between, block) in product(STANDINGS, PROFILES, ways_to_be_between()):
        author_id = crowd.add(standing, between, block, {"profile_visibility": profile})
        authors[author_id] = Author(STANDINGS[standing][1], standing in LEAVE_CONTENT, profile)
    crowd.write(owner_engine)
    mutes = [author_id for author_id, between in crowd.between.items() if between.muted]
    pieces = {
        new_id(): Piece(author_id, visibility, *state)
        for author_id, visibility, state in product(authors, VISIBILITIES, STATES)
    }
    rows = [_row(piece_id, piece) for piece_id, piece in pieces.items()]
    with owner_engine.begin() as connection:
        connection.execute(
            sa.insert(Mute),
            [{"muter_id": crowd.viewer, "muted_id": muted, "created_at": START} for muted in mutes],
        )
        _copy(connection, Content, rows)
    yield Scene(crowd, authors, pieces)
    empty_tables(owner_engine)


def _row(piece_id: UUID, piece: Piece) -> dict[str, object]:
    return {
        "id": piece_id,
        "author_id": piece.author_id,
        "type": "story" if piece.expired else "text",
        "visibility": piece.visibility,
        "body": "seen?",
        "created_at": START,
        "expires_at": START if piece.expired else None,
        "deleted_at": START if piece.deleted else None,
        "archived_at": START if piece.archived else None,
        "hidden_at": START if piece.hidden else None,
    }


def _copy(connection: sa.Connection, table: type[Base], rows: list[dict[str, object]]) -> None:
    """Write many rows fast."""
    columns = ", ".join(rows[0])
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table.__tablename__} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(list(row.values()))


def by_sql(app: App, rule: Callable[..., sa.ColumnElement[bool]], viewer: UUID | None) -> set[UUID]:
    statement = sa.select(Content.id).join(Account, Account.id == Content.author_id).where(rule())
    with app.engines.reads.connect() as connection:
        return set(connection.scalars(statement, {"viewer": viewer}))


def by_python(scene: Scene, rule: Callable[..., bool], viewer: UUID | None) -> set[UUID]:
    between = scene.crowd.between if viewer == scene.crowd.viewer else {}
    return {
        piece_id
        for piece_id, piece in scene.pieces.items()
        if rule(viewer, piece, scene.authors[piece.author_id], between.get(piece.author_id, Between()))
    }


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("who", ["the viewer", "a visitor", "somebody unknown"])
def test_python_and_sql_agree_on_every_combination(
    shared_app: App, scene: Scene, rule: str, who: str
) -> None:
    viewer = {"the viewer": scene.crowd.viewer, "a visitor": None}.get(who, uuid4())
    in_python, in_sql = RULES[rule]
    expected, found = by_python(scene, in_python, viewer), by_sql(shared_app, in_sql, viewer)
    leaked, missing = (
        [(scene.pieces[each], scene.authors[scene.pieces[each].author_id]) for each in difference]
        for difference in (found - expected, expected - found)
    )
    assert (leaked[:3], missing[:3]) == ([], [])
    assert found  # the scene has something for everybody


def test_a_story_is_seen_until_it_expires(shared_app: App, scene: Scene, owner_engine: sa.Engine) -> None:
    story = new_id()
    row = _row(story, Piece(scene.crowd.viewer, "public")) | {"type": "story", "expires_at": LATER}
    with owner_engine.begin() as connection:
        connection.execute(sa.insert(Content), row)
    assert story in by_sql(shared_app, policy.visible, None)
    with owner_engine.begin() as connection:
        connection.execute(sa.delete(Content).where(Content.id == story))


def test_authors_see_their_own_however_they_stand(shared_app: App, scene: Scene) -> None:
    one_of_each_standing = {standing: author for author, standing in scene.crowd.standing.items()}
    for author in one_of_each_standing.values():
        own = {piece_id: piece for piece_id, piece in scene.pieces.items() if piece.author_id == author}
        kept = {piece_id for piece_id, piece in own.items() if not (piece.deleted or piece.expired)}
        assert by_sql(shared_app, policy.visible, author) & own.keys() == kept


def test_the_feed_is_what_the_rule_lists_of_oneself_and_of_the_followed(
    shared_app: App, scene: Scene
) -> None:
    crowd = scene.crowd
    # A block and erasing a member take the follows along, and nobody follows a placeholder.
    there = {crowd.viewer} | {
        author
        for author, between in crowd.between.items()
        if crowd.standing[author] not in LEAVE_CONTENT and not (between.follows and between.blocked)
    }
    followed = {author for author in there if author == crowd.viewer or crowd.between[author].follows}
    with shared_app.engines.reads.connect() as connection:
        rows = connection.execute(FOLLOWING_FIRST, {"viewer": crowd.viewer, "rows": 100_000})
        feed = {row.id for row in rows if scene.pieces[row.id].author_id in there}
    listed = by_sql(shared_app, policy.listed, crowd.viewer)
    assert feed == {
        piece_id
        for piece_id in listed
        if scene.pieces[piece_id].author_id in followed and not scene.pieces[piece_id].archived
    }
    assert {scene.pieces[piece_id].visibility for piece_id in feed} == set(VISIBILITIES)


@pytest.mark.parametrize("who", ["the viewer", "a visitor"])
def test_of_comments_everybody_sees_those_of_whom_they_meet_and_do_not_mute(
    shared_app: App, scene: Scene, owner_engine: sa.Engine, who: str
) -> None:
    viewer = scene.crowd.viewer if who == "the viewer" else None
    post = next(each for each, piece in scene.pieces.items() if piece == Piece(scene.crowd.viewer, "public"))
    said = {
        new_id(): (author, deleted, hidden)
        for author, deleted, hidden in product(scene.authors, (False, True), (False, True))
    }
    rows: list[dict[str, object]] = [
        {
            "id": comment_id,
            "content_id": post,
            "author_id": author,
            "body": "seen?",
            "created_at": START,
            "deleted_at": START if deleted else None,
            "hidden_at": START if hidden else None,
        }
        for comment_id, (author, deleted, hidden) in said.items()
    ]
    with owner_engine.begin() as connection:
        _copy(connection, Comment, rows)
    try:
        statement = sa.select(Comment.id).join(Account, Account.id == Comment.author_id)
        with shared_app.engines.reads.connect() as connection:
            found = set(connection.scalars(statement.where(policy.shows_comment()), {"viewer": viewer}))
    finally:
        with owner_engine.begin() as connection:
            connection.execute(sa.delete(Comment))
    expected = set()
    for comment_id, (author, deleted, hidden) in said.items():
        between = scene.crowd.between.get(author, Between()) if viewer else Between()
        facts = scene.authors[author]
        is_met = (facts.present or facts.left_content) and not (between.blocked or between.muted)
        if not deleted and (author == viewer or (is_met and not hidden)):
            expected.add(comment_id)
    assert found == expected


members = st.sampled_from([UUID(int=number) for number in range(3)])
pieces = st.builds(
    Piece,
    author_id=members,
    visibility=st.sampled_from(VISIBILITIES),
    deleted=st.booleans(),
    expired=st.booleans(),
    archived=st.booleans(),
    hidden=st.booleans(),
)
authors = st.builds(
    Author, present=st.booleans(), left_content=st.booleans(), profile_visibility=st.sampled_from(PROFILES)
)
betweens = st.builds(
    Between, follows=st.booleans(), friends=st.booleans(), blocked=st.booleans(), muted=st.booleans()
)


@given(viewer=st.none() | members, piece=pieces, author=authors, between=betweens)
def test_what_the_rule_promises(viewer: UUID | None, piece: Piece, author: Author, between: Between) -> None:
    """Said once more, in other words than the rule's own."""
    seen = may_see(viewer, piece, author, between)
    if piece.deleted or piece.expired:
        assert not seen
    elif viewer == piece.author_id:
        assert seen
    else:
        open_to_all = piece.visibility == "public" and author.profile_visibility == "everyone"
        near = between.friends or (between.follows and piece.visibility != "friends")
        closed = "private" in (piece.visibility, author.profile_visibility)
        is_shown = not (piece.archived or piece.hidden or between.blocked)
        if author.left_content:
            assert seen == (is_shown and piece.visibility == "public")
        else:
            assert seen == (is_shown and author.present and (open_to_all or (near and not closed)))


@given(viewer=st.none() | members, piece=pieces, author=authors, between=betweens)
def test_lists_show_what_may_be_seen_but_for_whom_the_viewer_mutes(
    viewer: UUID | None, piece: Piece, author: Author, between: Between
) -> None:
    seen, in_lists = (rule(viewer, piece, author, between) for rule in (may_see, may_list))
    assert in_lists == (seen and (viewer == piece.author_id or not between.muted))


@given(piece=pieces, author=authors, between=betweens)
def test_who_comes_nearer_sees_no_less(piece: Piece, author: Author, between: Between) -> None:
    viewer = UUID(int=9)
    nearer = Between(follows=True, friends=between.friends, blocked=between.blocked, muted=between.muted)
    nearest = Between(follows=True, friends=True, blocked=between.blocked, muted=between.muted)
    steps = [may_see(viewer, piece, author, each) for each in (between, nearer, nearest)]
    assert steps == sorted(steps)


@given(piece=pieces, author=authors)
def test_visitors_see_only_what_is_open_to_all(piece: Piece, author: Author) -> None:
    if may_see(None, piece, author, Between()):
        assert piece.visibility == "public"
        assert author.left_content or author.profile_visibility == "everyone"
