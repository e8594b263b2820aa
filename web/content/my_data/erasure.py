"""What becomes of what a member shared, said and liked, when they are erased."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.content import my_reactions
from web.content.models import Comment, Content
from web.content.my_data.posts import forget_posts
from web.content.my_reactions import Forgotten
from web.core.clock import Clock
from web.core.personal_data import Eraser
from web.core.services import Services

_ids = sa.bindparam("ids", type_=ARRAY(sa.Uuid()))


def _unnested(name: str, *numbers: str) -> sa.TableValuedAlias:
    """SQL: the parameter ``ids`` and parameters with a number for each of them, as a table."""
    arrays = [sa.bindparam(number, type_=ARRAY(sa.Integer())) for number in numbers]
    columns: list[sa.ColumnClause[Any]] = [sa.column("id", sa.Uuid())]
    columns += [sa.column(number, sa.Integer()) for number in numbers]
    return sa.func.unnest(_ids, *arrays).table_valued(*columns, name=name).render_derived()


_fewer = _unnested("fewer", "comments", "likes", "saves", "views")
_fewer_replies = _unnested("fewer_replies", "replies")
_LOCKED = (
    sa.select(Content.id)
    .where(Content.id == sa.any_(_ids))
    .order_by(Content.id)
    .with_for_update(key_share=True)
)
_FEWER_REACTIONS = (
    sa.update(Content)
    .where(Content.id == _fewer.c.id)
    .values(
        comment_count=Content.comment_count - _fewer.c.comments,
        like_count=Content.like_count - _fewer.c.likes,
        save_count=Content.save_count - _fewer.c.saves,
        view_count=Content.view_count - _fewer.c.views,
    )
    .execution_options(synchronize_session=False)
)
_FEWER_REPLIES = (
    sa.update(Comment)
    .where(Comment.id == _fewer_replies.c.id)
    .values(reply_count=Comment.reply_count - _fewer_replies.c.replies)
    .returning(Comment.parent_id, Comment.deleted_at, Comment.reply_count)
    .execution_options(synchronize_session=False)
)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Forget what a member shared and said, liked, kept and saw.

    Reactions always go. With ``keeps_content`` public posts stay, and so do comments on public posts;
    everything else goes, with what others said about it. A comment that others have answered leaves its
    place, without text, as when its author takes it back. Locks: comments, those above them, content, each by
    id.
    """
    session = services[Session]
    said = _forget_comments(session, services[Clock].now(), member_id, keeps_content)
    _count_down(session, said, my_reactions.forget(session, member_id))
    forget_posts(services, member_id, keeps_content)


def _forget_comments(session: Session, now: datetime, member_id: UUID, keeps_content: bool) -> list[UUID]:
    """Take a member's comments back and empty them; returns the content of each that others could see."""
    which = Comment.author_id == member_id
    if keeps_content:
        on_public = sa.exists().where(Content.id == Comment.content_id, Content.visibility == "public")
        which = sa.and_(which, sa.or_(Comment.deleted_at.is_not(None), sa.not_(on_public)))
    rows = session.execute(
        sa.select(Comment.id, Comment.content_id, Comment.parent_id, Comment.deleted_at, Comment.reply_count)
        .where(which)
        .order_by(Comment.id)
        .with_for_update()
    ).all()
    session.execute(
        sa.update(Comment)
        .where(Comment.id == sa.any_(_ids))
        .values(body="", corrected=None, deleted_at=sa.func.coalesce(Comment.deleted_at, now))
        .execution_options(synchronize_session=False),
        {"ids": [row.id for row in rows]},
    )
    seen = [row for row in rows if row.deleted_at is None]
    _count_replies_down(session, [row for row in seen if row.reply_count == 0])
    session.execute(
        sa.delete(Comment).where(Comment.id == sa.any_(_ids), Comment.reply_count == 0),
        {"ids": [row.id for row in rows]},
        execution_options={"synchronize_session": False},
    )
    return [row.content_id for row in seen]


def _count_replies_down(session: Session, vanished: Sequence[Any]) -> None:
    """Comments without replies vanish; so does the deleted one above whose last reply that was, and so on."""
    while vanished:
        fewer = Counter(row.parent_id for row in vanished if row.parent_id is not None)
        rows = session.execute(_FEWER_REPLIES, {"ids": list(fewer), "replies": list(fewer.values())})
        vanished = [row for row in rows if row.deleted_at is not None and row.reply_count == 0]


def _count_down(session: Session, said: list[UUID], forgotten: Forgotten) -> None:
    """Take comments and reactions off the counters of what they were on."""
    fewer = {"comments": Counter(said)} | {kind: Counter(ids) for kind, ids in forgotten.items()}
    ids = sorted(set().union(*fewer.values()))
    session.execute(_LOCKED, {"ids": ids})
    counts = {kind: [count[each] for each in ids] for kind, count in fewer.items()}
    session.execute(_FEWER_REACTIONS, {"ids": ids, **counts})


ERASER = Eraser(
    "content",
    ("content", "comments", "attachments", "revisions", "content_tags", "mentions", *my_reactions.TABLES),
    erase,
)
