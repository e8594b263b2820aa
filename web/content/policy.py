"""Who may see content: one rule, as Python and as SQL; a test compares the two on every combination."""

from uuid import UUID

import sqlalchemy as sa

from web.content.models import Content
from web.graph.queries import follows

VIEWER = sa.bindparam("viewer", type_=sa.Uuid())


def may_see(
    *, viewer_id: UUID | None, author_id: UUID, visibility: str, deleted: bool, follows_author: bool
) -> bool:
    """Whether a viewer (None: without login) may see a piece of content."""
    if deleted:
        return False
    if viewer_id is not None and viewer_id == author_id:
        return True
    return visibility == "public" or (visibility == "followers" and follows_author)


def visible() -> sa.ColumnElement[bool]:
    """The same rule over ``Content`` for the parameter ``viewer``."""
    return sa.and_(
        Content.deleted_at.is_(None),
        sa.or_(
            Content.visibility == "public",
            Content.author_id == VIEWER,
            sa.and_(Content.visibility == "followers", follows(VIEWER, Content.author_id)),
        ),
    )
