"""Reads about what members did with posts: who likes one, what one keeps, and whether one shares one."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.accounts.schemas import MemberCard
from web.content.models import Content
from web.content.policy import VIEWER, listed
from web.content.presentation import POST_COLUMNS, with_author_and_reactions
from web.content.queries import post_page, require_visible
from web.content.reactions import Like, Save
from web.content.schemas import Post
from web.core.pagination import AFTER, Page, PageQuery, Position, keyset
from web.graph.relations import meets, mutes

_LIKERS = (
    sa.select(*CARD_COLUMNS, Like.created_at, Like.member_id.label("id"))
    .join(Account, Account.id == Like.member_id)
    .where(
        Like.content_id == sa.bindparam("of", type_=sa.Uuid()),
        meets(VIEWER),
        sa.not_(mutes(VIEWER, Account.id)),
    )
    .order_by(Like.created_at.desc(), Like.member_id.desc())
    .limit(sa.bindparam("rows"))
)
_LIKERS_NEXT = _LIKERS.where(sa.tuple_(Like.created_at, Like.member_id) < AFTER)

_SAVED = (
    with_author_and_reactions(sa.select(*POST_COLUMNS, Save.created_at.label("saved_at")))
    .where(Save.member_id == VIEWER, listed(), Content.type != "story")
    .order_by(Save.created_at.desc(), Save.content_id.desc())
    .limit(sa.bindparam("rows"))
)
_SAVED_NEXT = _SAVED.where(sa.tuple_(Save.created_at, Save.content_id) < AFTER)
_SHARES_PLAINLY = sa.select(
    sa.exists().where(
        Content.shares_id == sa.bindparam("of", type_=sa.Uuid()),
        Content.author_id == VIEWER,
        Content.body == "",
        Content.deleted_at.is_(None),
    )
)


def shares_plainly(session: Session, post_id: UUID, member_id: UUID) -> bool:
    """Whether a member shares a post without words, which can be taken back."""
    return bool(session.scalar(_SHARES_PLAINLY, {"of": post_id, "viewer": member_id}))


def likers(session: Session, post_id: UUID, viewer: UUID, page: PageQuery) -> Page[MemberCard]:
    """Who likes a post, the latest first, as far as the viewer meets them.

    Raises:
        NotFound: the post is not there for the viewer.
    """
    require_visible(session, post_id, viewer)
    after = page.after
    values = {"of": post_id, "viewer": viewer, "rows": page.limit + 1, **keyset(after)}
    return page.page(session.execute(_LIKERS if after is None else _LIKERS_NEXT, values).all(), card_from)


def saved(session: Session, viewer: UUID, page: PageQuery) -> Page[Post]:
    """What a member keeps and may still see, what was kept last first."""
    after = page.after
    values = {"viewer": viewer, "rows": page.limit + 1, **keyset(after)}
    rows = session.execute(_SAVED if after is None else _SAVED_NEXT, values).all()
    return post_page(session, rows, viewer, page, lambda row: Position.at(row.saved_at, row.id))
