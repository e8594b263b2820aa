"""Reads about reels."""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.content.models import Content, ReelFacts
from web.content.policy import VIEWER, listed, visible
from web.content.presentation import POST_COLUMNS, listable, with_author_and_reactions
from web.content.reactions import Watch
from web.content.reels.schemas import ReelAnalytics, ReelItem, ReelQuery
from web.core.db import AnySelect
from web.core.errors import NotFound, NotOwner
from web.core.pagination import AFTER, Page, Position, keyset

POPULAR_FOR: Final = sa.text("interval '30 days'")

_HAS_COMPLETED = (
    sa.exists()
    .where(Watch.content_id == Content.id, Watch.member_id == VIEWER, Watch.completed)
    .correlate(Content)
)
_COLUMNS = (
    *POST_COLUMNS,
    ReelFacts.duration_ms,
    ReelFacts.completed_count,
    _HAS_COMPLETED.label("completed_by_me"),
)
_REELS = with_author_and_reactions(sa.select(*_COLUMNS).join(ReelFacts, ReelFacts.content_id == Content.id))
_rows = sa.bindparam("rows", type_=sa.Integer())


def _is_shown() -> sa.ColumnElement[bool]:
    """SQL: lists show the viewer this reel; the first part as the index says it."""
    return sa.and_(
        Content.type == "reel", Content.deleted_at.is_(None), Content.archived_at.is_(None), listed()
    )


_NEWEST = _REELS.where(_is_shown()).order_by(Content.created_at.desc(), Content.id.desc()).limit(_rows)
_AFTER_COUNT = sa.tuple_(
    sa.bindparam("after_count", type_=sa.Integer()), sa.bindparam("after_id", type_=sa.Uuid())
)


def _completed_statement(*, first: bool) -> AnySelect:
    """Reels read off the index of completions, each looked at only until the page is full.

    The limit within makes the planner look them up one by one; it would join and sort all of them else.
    """
    shown = (
        sa.select(Content.id)
        .join(Account, Account.id == Content.author_id)
        .where(
            Content.id == ReelFacts.content_id, Content.created_at > sa.func.now() - POPULAR_FOR, _is_shown()
        )
        .limit(1)
        .correlate(ReelFacts)
        .lateral("shown")
    )
    place = (ReelFacts.completed_count.desc(), ReelFacts.content_id.desc())
    best = sa.select(shown.c.id).select_from(ReelFacts).join(shown, sa.true()).order_by(*place).limit(_rows)
    if not first:
        best = best.where(sa.tuple_(ReelFacts.completed_count, ReelFacts.content_id) < _AFTER_COUNT)
    return _REELS.where(Content.id.in_(best)).order_by(*place)


# By order and whether it is the first page.
_FEEDS: dict[tuple[str, bool], AnySelect] = {
    ("newest", True): _NEWEST,
    ("newest", False): _NEWEST.where(sa.tuple_(Content.created_at, Content.id) < AFTER),
    ("completed", True): _completed_statement(first=True),
    ("completed", False): _completed_statement(first=False),
}


def reels(session: Session, viewer: UUID | None, page: ReelQuery) -> Page[ReelItem]:
    """The reels that lists show the viewer: public ones, and those shared with the viewer.

    Ordered by completions, a page never repeats what came before it, because counts only grow; what grows
    past the place that a reader has reached is found at the beginning again.
    """
    after = page.after
    by_count = page.sort == "completed"
    if after is None:
        place: dict[str, object] = {}
    elif by_count:
        place = {"after_count": after.order, "after_id": after.id}
    else:
        place = keyset(after)
    values = {"viewer": viewer, "rows": page.limit + 1, **place}
    rows = session.execute(_FEEDS[page.sort, after is None], values).all()
    posts, stays = listable(session, rows, viewer)

    def item(row: Any) -> ReelItem:
        return ReelItem(
            id=row.id,
            duration_ms=row.duration_ms,
            completed_by_me=row.completed_by_me,
            post=posts[row.id],
        )

    def position(row: Any) -> Position:
        if by_count:
            return Position(row.completed_count, row.id)
        return Position.at(row.created_at, row.id)

    return page.page(rows, item, position, keep=stays)


_watched = (
    sa.select(
        sa.func.count().label("watches"),
        sa.func.count(Watch.member_id.distinct()).label("viewers"),
        sa.func.coalesce(sa.func.sum(Watch.watched_ms), 0).label("watched_ms"),
        sa.func.count().filter(Watch.completed).label("completions"),
    )
    .where(Watch.content_id == Content.id)
    .correlate(Content)
    .lateral("watched")
)
_ANALYTICS = (
    sa.select(
        Content.author_id,
        Content.view_count,
        Content.like_count,
        Content.comment_count,
        Content.save_count,
        Content.share_count,
        Content.created_at,
        ReelFacts.duration_ms,
        *_watched.c,
    )
    .join(Account, Account.id == Content.author_id)
    .join(ReelFacts, ReelFacts.content_id == Content.id)
    .join(_watched, sa.true())
    .where(Content.id == sa.bindparam("id", type_=sa.Uuid()), visible())
)


def analytics(session: Session, content_id: UUID, member_id: UUID) -> ReelAnalytics:
    """How a member's reel was watched.

    Raises:
        NotFound: no reel, or none that the member sees.
        NotOwner: it is somebody else's.
    """
    row = session.execute(_ANALYTICS, {"id": content_id, "viewer": member_id}).one_or_none()
    if row is None:
        raise NotFound()
    if row.author_id != member_id:
        raise NotOwner()
    watches, watched_ms = row.watches, int(row.watched_ms)
    return ReelAnalytics(
        post_id=content_id,
        duration_ms=row.duration_ms,
        views=row.view_count,
        watches=watches,
        viewers=row.viewers,
        watched_ms=watched_ms,
        mean_watched_ms=round(watched_ms / watches) if watches else 0,
        completions=row.completions,
        completion_rate=row.completions / watches if watches else 0.0,
        likes=row.like_count,
        comments=row.comment_count,
        saves=row.save_count,
        shares=row.share_count,
        created_at=row.created_at,
    )
