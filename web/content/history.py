"""What a post or a comment said before it was edited; its author may read that."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from web.content.comments import visible_comment
from web.content.models import Revision
from web.content.schemas import FormerBody
from web.content.service import visible_content
from web.core.db import AnySelect
from web.core.errors import NotOwner
from web.core.pagination import AFTER, Page, PageQuery, keyset


def _statements(of: InstrumentedAttribute[UUID | None]) -> tuple[AnySelect, AnySelect]:
    """First and following pages, the last revision first."""
    first = (
        sa.select(Revision.id, Revision.body, Revision.replaced_at, Revision.replaced_at.label("created_at"))
        .where(of == sa.bindparam("of", type_=sa.Uuid()))
        .order_by(Revision.replaced_at.desc(), Revision.id.desc())
        .limit(sa.bindparam("rows"))
    )
    return first, first.where(sa.tuple_(Revision.replaced_at, Revision.id) < AFTER)


_OF_POST = _statements(Revision.content_id)
_OF_COMMENT = _statements(Revision.comment_id)


def of_post(session: Session, post_id: UUID, member_id: UUID, page: PageQuery) -> Page[FormerBody]:
    """The former bodies of one's own post, the last one first.

    Raises:
        NotFound: there is no post for the member.
        NotOwner: it is somebody else's.
    """
    if visible_content(session, post_id, member_id).author_id != member_id:
        raise NotOwner()
    return _page(session, _OF_POST, post_id, page)


def of_comment(session: Session, comment_id: UUID, member_id: UUID, page: PageQuery) -> Page[FormerBody]:
    """The former bodies of one's own comment, the last one first.

    Raises:
        NotFound: there is no comment for the member.
        NotOwner: it is somebody else's.
    """
    if visible_comment(session, comment_id, member_id).author_id != member_id:
        raise NotOwner()
    return _page(session, _OF_COMMENT, comment_id, page)


def _page(
    session: Session, statements: tuple[AnySelect, AnySelect], of: UUID, page: PageQuery
) -> Page[FormerBody]:
    after = page.after
    statement = statements[0] if after is None else statements[1]
    rows = session.execute(statement, {"of": of, "rows": page.limit + 1, **keyset(after)}).all()
    return page.page(rows, lambda row: FormerBody(id=row.id, body=row.body, replaced_at=row.replaced_at))
