"""Lists of posts by time, each one statement; the following feed's cost grows with the members followed."""

from typing import Any

import sqlalchemy as sa

from web.accounts.models import Account
from web.accounts.presence import left_content, present
from web.content.models import Content, ContentTag
from web.content.policy import VIEWER, listed
from web.content.presentation import POST_COLUMNS, with_author_and_reactions
from web.content.queries import is_post
from web.core.db import AnySelect, with_literals
from web.core.pagination import AFTER
from web.feeds.sources import Scope
from web.graph.models import Follow, Friendship
from web.graph.relations import blocked_between, follows, friends, mutes

ROWS = sa.bindparam("rows", type_=sa.Integer())
IN_ORDER = (Content.created_at.desc(), Content.id.desc())


def _followed() -> sa.Subquery:
    """SQL: oneself and those whom one follows; establishes the relation, which a block would have ended."""
    followed = sa.select(Follow.followed_id.label("author_id")).join(
        Account, Account.id == Follow.followed_id
    )
    return sa.union_all(
        followed.where(Follow.follower_id == VIEWER, _shows(Follow.followed_id)),
        sa.select(sa.cast(VIEWER, sa.Uuid()).label("author_id")),
    ).subquery("authors")


def _friends() -> sa.Subquery:
    """SQL: one's friends."""
    return (
        sa.select(Friendship.friend_id.label("author_id"))
        .join(Account, Account.id == Friendship.friend_id)
        .where(Friendship.member_id == VIEWER, _shows(Friendship.friend_id))
        .subquery("authors")
    )


def _shows(author: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
    """SQL: lists show those who are near what this author shares with them."""
    return sa.and_(present(), Account.profile_visibility != "private", sa.not_(mutes(VIEWER, author)))


def _for_followers() -> sa.ColumnElement[bool]:
    for_them = sa.or_(
        Content.visibility.in_(("public", "followers")),
        sa.and_(Content.visibility == "friends", friends(VIEWER, Content.author_id)),
    )
    return sa.or_(Content.author_id == VIEWER, sa.and_(Content.hidden_at.is_(None), for_them))


def _for_friends() -> sa.ColumnElement[bool]:
    return sa.and_(Content.hidden_at.is_(None), Content.visibility != "private")


def _newest_of(
    authors: sa.Subquery, audience: sa.ColumnElement[bool], rows: sa.BindParameter[int], *, first: bool
) -> AnySelect:
    """SQL: the ids of the newest posts of authors, read off the author index, merged to the newest of all."""
    of_author = (
        sa.select(Content.id, Content.created_at)
        .where(Content.author_id == authors.c.author_id, is_post(), audience)
        .order_by(*IN_ORDER)
        .limit(rows)
    )
    if not first:
        of_author = of_author.where(sa.tuple_(Content.created_at, Content.id) < AFTER)
    newest = of_author.correlate(authors).lateral("newest_of_author")
    return (
        sa.select(newest.c.id)
        .select_from(authors)
        .join(newest, sa.true())
        .order_by(newest.c.created_at.desc(), newest.c.id.desc())
        .limit(rows)
    )


def newest_of_others(rows: sa.BindParameter[int], *, first: bool) -> AnySelect:
    """SQL: the ids of the newest public posts by those whom one neither is, follows, blocks nor mutes."""
    newest = (
        sa.select(Content.id)
        .join(Account, Account.id == Content.author_id)
        .where(is_post(), in_public(), by_others(Content.author_id))
        .order_by(*IN_ORDER)
        .limit(rows)
    )
    return newest if first else newest.where(sa.tuple_(Content.created_at, Content.id) < AFTER)


def in_public() -> sa.ColumnElement[bool]:
    """SQL: everybody may see it, as far as the post itself says."""
    return sa.and_(Content.visibility == "public", Content.hidden_at.is_(None))


def by_others(author: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
    """SQL over the author's ``Account``: everybody meets them, and the viewer does not follow them yet."""
    is_open = sa.and_(present(), Account.profile_visibility == "everyone")
    return sa.and_(
        sa.or_(is_open, left_content()),
        author != VIEWER,
        sa.not_(follows(VIEWER, author)),
        sa.not_(mutes(VIEWER, author)),
        sa.not_(blocked_between(VIEWER, author)),
    )


def newest_ids(scope: Scope, rows: sa.BindParameter[int], *, first: bool) -> AnySelect:
    """SQL: the ids of a list by time."""
    match scope:
        case "following":
            return _newest_of(_followed(), _for_followers(), rows, first=first)
        case "friends":
            return _newest_of(_friends(), _for_friends(), rows, first=first)
        case "discover":
            return newest_of_others(rows, first=first)


def _list(scope: Scope, *, first: bool) -> AnySelect:
    """A page of a list by time; only what is shown is joined with its author and reactions.

    How the viewer stands to the authors is established by whose posts are read, so that little of the
    visibility rule is left to check; a test compares each list with the rule.
    """
    newest = newest_ids(scope, ROWS, first=first).subquery("newest")
    page = with_author_and_reactions(
        sa.select(*POST_COLUMNS, Content.author_id).join(newest, newest.c.id == Content.id)
    )
    return with_literals(page.order_by(*IN_ORDER))


FOLLOWING_FIRST = _list("following", first=True)
FOLLOWING_NEXT = _list("following", first=False)
# By scope: first and following pages.
LISTS: dict[Scope, tuple[AnySelect, AnySelect]] = {
    "following": (FOLLOWING_FIRST, FOLLOWING_NEXT),
    "friends": (_list("friends", first=True), _list("friends", first=False)),
    "discover": (_list("discover", first=True), _list("discover", first=False)),
}

_TAGGED = (
    with_author_and_reactions(
        sa.select(*POST_COLUMNS).select_from(ContentTag).join(Content, Content.id == ContentTag.content_id)
    )
    .where(ContentTag.tag == sa.bindparam("tag"), is_post(), listed())
    .order_by(ContentTag.created_at.desc(), ContentTag.content_id.desc())
    .limit(ROWS)
)
TAGGED_FIRST = with_literals(_TAGGED)
TAGGED_NEXT = with_literals(_TAGGED.where(sa.tuple_(ContentTag.created_at, ContentTag.content_id) < AFTER))
