"""Who may see content: one rule, as Python and as SQL; a test compares the two on every combination.

The audience of a piece of content is the narrower one of two: what its author chose for it, and what the
author's profile is open to. ``visible`` and ``may_see`` say who may see it at all, by its address;
``listed`` and ``may_list`` leave out, besides, whom the viewer mutes. Blocked keywords are the third thing
that lists leave out, by ``presentation.wanted_by``: how they are compared cannot be said in SQL.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from web.accounts.models import Account
from web.accounts.presence import left_content, present
from web.content.models import Comment, Content
from web.core.relations import Between
from web.graph.relations import Member, blocked_between, follows, friends, mutes

VIEWER = sa.bindparam("viewer", type_=sa.Uuid())

# Audiences, from the widest to the narrowest.
EVERYONE, FOLLOWERS, FRIENDS, ONESELF = range(4)
OF_VISIBILITY: Final = {"public": EVERYONE, "followers": FOLLOWERS, "friends": FRIENDS, "private": ONESELF}
# A profile for friends is approved by hand: followers were let in one by one.
OF_PROFILE: Final = {"everyone": EVERYONE, "friends": FOLLOWERS, "private": ONESELF}


@dataclass(frozen=True)
class Piece:
    """What a row of content says about who may see it."""

    author_id: UUID
    visibility: str
    deleted: bool = False
    expired: bool = False
    archived: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Author:
    """What the author's account says.

    Attributes:
        present: others may meet the author.
        left_content: the author is gone for good, and what was public stays.
    """

    present: bool = True
    left_content: bool = False
    profile_visibility: str = "everyone"


def may_see(viewer_id: UUID | None, piece: Piece, author: Author, between: Between) -> bool:
    """Whether a viewer (None: without login) may see a piece of content.

    Args:
        between: how the viewer stands to the author.
    """
    if piece.deleted or piece.expired:
        return False
    if viewer_id is not None and viewer_id == piece.author_id:
        return True
    if piece.archived or piece.hidden or between.blocked:
        return False
    if author.left_content:
        return piece.visibility == "public"
    if not author.present:
        return False
    match max(OF_VISIBILITY[piece.visibility], OF_PROFILE[author.profile_visibility]):
        case 0:  # EVERYONE
            return True
        case 1:  # FOLLOWERS
            return between.follows or between.friends
        case 2:  # FRIENDS
            return between.friends
        case _:
            return False


def may_list(viewer_id: UUID | None, piece: Piece, author: Author, between: Between) -> bool:
    """Whether lists show it: as ``may_see``, but not what the viewer mutes."""
    is_own = viewer_id is not None and viewer_id == piece.author_id
    return may_see(viewer_id, piece, author, between) and (is_own or not between.muted)


def visible(viewer: Member = VIEWER) -> sa.ColumnElement[bool]:
    """SQL: ``may_see`` over ``Content`` joined with its author's ``Account``."""
    return sa.and_(
        Content.deleted_at.is_(None),
        sa.or_(Content.expires_at.is_(None), Content.expires_at > sa.func.now()),
        sa.or_(
            Content.author_id == viewer,
            sa.and_(
                Content.archived_at.is_(None),
                Content.hidden_at.is_(None),
                in_audience(viewer),
                sa.not_(blocked_between(viewer, Content.author_id)),
            ),
        ),
    )


def listed(viewer: Member = VIEWER) -> sa.ColumnElement[bool]:
    """SQL: ``may_list`` over the same."""
    return sa.and_(
        visible(viewer), sa.or_(Content.author_id == viewer, sa.not_(mutes(viewer, Content.author_id)))
    )


def in_audience(viewer: Member = VIEWER) -> sa.ColumnElement[bool]:
    """SQL: the viewer, not the author, is in the audience; blocks and the state of the content aside."""
    audience = sa.func.greatest(
        sa.case(OF_VISIBILITY, value=Content.visibility, else_=ONESELF),
        sa.case(OF_PROFILE, value=Account.profile_visibility, else_=ONESELF),
    )
    is_friend = friends(viewer, Content.author_id)
    return sa.case(
        (left_content(), Content.visibility == "public"),
        (sa.not_(present()), sa.false()),
        (audience == EVERYONE, sa.true()),
        (audience == FOLLOWERS, sa.or_(follows(viewer, Content.author_id), is_friend)),
        (audience == FRIENDS, is_friend),
        else_=sa.false(),
    )


def counts_publicly() -> sa.ColumnElement[bool]:
    """SQL over ``Content``: a use of its tags, for the counts that everybody reads."""
    return sa.and_(
        Content.visibility == "public",
        Content.type != "story",
        Content.deleted_at.is_(None),
        Content.archived_at.is_(None),
    )


def shows_comment(viewer: Member = VIEWER) -> sa.ColumnElement[bool]:
    """SQL over ``Comment`` joined with its author's ``Account``: on content that the viewer sees, what of it.

    A comment is as public as what it is about; only its author may be out of the viewer's sight.
    """
    return sa.and_(
        Comment.deleted_at.is_(None),
        sa.or_(
            Comment.author_id == viewer,
            sa.and_(
                Comment.hidden_at.is_(None),
                sa.or_(present(), left_content()),
                sa.not_(blocked_between(viewer, Comment.author_id)),
                sa.not_(mutes(viewer, Comment.author_id)),
            ),
        ),
    )
