"""Who may see content: one rule, as Python and as SQL; a test compares the two on every combination."""

from uuid import UUID

import sqlalchemy as sa

from web.accounts.presence import left_content, present
from web.content.models import Comment, Content
from web.core.relations import Between
from web.graph.relations import Member, blocked_between, follows, friends

VIEWER = sa.bindparam("viewer", type_=sa.Uuid())


def may_see(
    *,
    viewer_id: UUID | None,
    author_id: UUID,
    visibility: str,
    deleted: bool,
    between: Between,
    author_present: bool,
    author_left_content: bool,
) -> bool:
    """Whether a viewer (None: without login) may see a piece of content.

    Args:
        between: how the viewer stands to the author.
        author_present: others may meet the author.
        author_left_content: the author is gone for good, and what was public stays.
    """
    if deleted:
        return False
    if viewer_id is not None and viewer_id == author_id:
        return True
    if between.blocked:
        return False
    if visibility == "public":
        return author_present or author_left_content
    if not author_present:
        return False
    if visibility == "followers":
        return between.follows or between.friends
    return visibility == "friends" and between.friends


def visible(viewer: Member = VIEWER) -> sa.ColumnElement[bool]:
    """The same rule over ``Content`` joined with its author's ``Account``."""
    is_friend = friends(viewer, Content.author_id)
    return sa.and_(
        Content.deleted_at.is_(None),
        sa.or_(
            Content.author_id == viewer,
            sa.and_(
                sa.or_(
                    sa.and_(Content.visibility == "public", sa.or_(present(), left_content())),
                    sa.and_(
                        present(),
                        sa.or_(
                            sa.and_(
                                Content.visibility == "followers",
                                sa.or_(follows(viewer, Content.author_id), is_friend),
                            ),
                            sa.and_(Content.visibility == "friends", is_friend),
                        ),
                    ),
                ),
                sa.not_(blocked_between(viewer, Content.author_id)),
            ),
        ),
    )


def shows_comment(viewer: Member = VIEWER) -> sa.ColumnElement[bool]:
    """SQL over ``Comment`` joined with its author's ``Account``: on content that the viewer sees, what of it.

    A comment is as public as what it is about; only its author may be out of the viewer's sight.
    """
    return sa.and_(
        Comment.deleted_at.is_(None),
        sa.or_(
            Comment.author_id == viewer,
            sa.and_(sa.or_(present(), left_content()), sa.not_(blocked_between(viewer, Comment.author_id))),
        ),
    )
