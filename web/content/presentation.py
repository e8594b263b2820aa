"""How a piece of content is shown: the columns to select, and the :class:`Post` that a row becomes.

Media and mentions come in the row itself, as JSON, so that a list costs one statement; what is shared by
others costs a second one, where there is any.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.accounts.keywords import hides
from web.accounts.models import Account, BlockedKeyword
from web.accounts.queries import CARD_COLUMNS, card_from
from web.content.models import Attachment, Content, Mention
from web.content.policy import VIEWER, listed, visible
from web.content.reactions import Like, Save
from web.content.schemas import Mentioned, Post
from web.core.db import AnySelect, rows_of, with_literals
from web.core.media_addresses import MediaAddresses, addresses_of
from web.media.models import Medium
from web.media.presentation import MEDIUM_FIELDS, medium_from

# In each row, because that costs the statement nothing and the reader no second one.
UNWANTED = (
    sa.select(sa.func.array_agg(BlockedKeyword.keyword))
    .where(BlockedKeyword.account_id == VIEWER)
    .scalar_subquery()
    .label("unwanted")
)


def _objects(**fields: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[Any]:
    """SQL: the rows as a JSON array of objects."""
    pairs = [part for name, column in fields.items() for part in (sa.literal_column(f"'{name}'"), column)]
    return sa.func.jsonb_agg(sa.func.jsonb_build_object(*pairs))


_MEDIA = (
    sa.select(_objects(**MEDIUM_FIELDS, alt_text=Attachment.alt_text, position=Attachment.position))
    .select_from(Attachment)
    .join(Medium, Medium.id == Attachment.media_id)
    .where(Attachment.content_id == Content.id)
    .correlate(Content, Account)  # its author owns the media
    .scalar_subquery()
)
_MENTIONS = (
    sa.select(_objects(user_id=Mention.member_id, name=Mention.name))
    .where(Mention.content_id == Content.id, Mention.comment_id.is_(None))
    .correlate(Content)
    .scalar_subquery()
)

# Asked only where there may be any.
MENTIONED = sa.case((Content.body.regexp_match("[@＠]"), _MENTIONS)).label("mentions")

# What a post shows, over Content joined with its author's Account and the viewer's own Like and Save.
POST_COLUMNS = (
    Content.id,
    Content.type,
    Content.body,
    Content.visibility,
    Content.language,
    Content.target_language,
    Content.goal_id,
    Content.answers_id,
    Content.shares_id,
    Content.like_count,
    Content.comment_count,
    Content.save_count,
    Content.share_count,
    Content.view_count,
    Content.created_at,
    Content.edited_at,
    Content.archived_at,
    Like.member_id.is_not(None).label("liked_by_me"),
    Save.member_id.is_not(None).label("saved_by_me"),
    sa.case((Content.media_count > 0, _MEDIA)).label("media"),
    MENTIONED,
    UNWANTED,
    *CARD_COLUMNS,
)


def with_author_and_reactions(statement: AnySelect) -> AnySelect:
    """Join what ``POST_COLUMNS`` needs beside ``Content``; ``viewer`` is a parameter."""
    return (
        statement.join(Account, Account.id == Content.author_id)
        .outerjoin(Like, sa.and_(Like.content_id == Content.id, Like.member_id == VIEWER))
        .outerjoin(Save, sa.and_(Save.content_id == Content.id, Save.member_id == VIEWER))
    )


_SHARED = with_author_and_reactions(sa.select(*POST_COLUMNS)).where(
    Content.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid())))
)
_SHARED_VISIBLE, _SHARED_LISTED = (with_literals(_SHARED.where(rule())) for rule in (visible, listed))


def posts_from(
    session: Session, rows: Sequence[Any], viewer: UUID | None, *, in_list: bool = False
) -> dict[UUID, Post]:
    """The posts in rows that selected ``POST_COLUMNS``, by id.

    A share whose original the viewer may not see (any more) has nothing to show and is left out, unless it
    came with words of its own.

    Args:
        in_list: the viewer comes across them; who is muted is not shown through what others share either.
    """
    ids = {row.shares_id for row in rows if row.shares_id is not None}
    addresses = addresses_of(session)
    statement = _SHARED_LISTED if in_list else _SHARED_VISIBLE
    originals = rows_of(session, statement, {"ids": list(ids), "viewer": viewer}) if ids else []
    shared = {row.id: _post_from(row, addresses, None) for row in originals}
    return {
        row.id: _post_from(row, addresses, shared.get(row.shares_id))
        for row in rows
        if row.shares_id is None or row.shares_id in shared or row.body
    }


def _post_from(row: Any, addresses: MediaAddresses, shared: Post | None) -> Post:
    media = sorted(row.media or (), key=lambda each: each["position"])
    return Post(
        id=row.id,
        type=row.type,
        author=card_from(row),
        body=row.body,
        visibility=row.visibility,
        language=row.language,
        target_language=row.target_language,
        goal_id=row.goal_id,
        answers_id=row.answers_id,
        shares_id=row.shares_id,
        shared=shared,
        media=[medium_from(each, addresses) for each in media],
        mentions=[Mentioned(**each) for each in row.mentions or ()],
        like_count=row.like_count,
        comment_count=row.comment_count,
        save_count=row.save_count,
        share_count=row.share_count,
        view_count=row.view_count,
        liked_by_me=row.liked_by_me,
        saved_by_me=row.saved_by_me,
        created_at=row.created_at,
        edited_at=row.edited_at,
        archived_at=row.archived_at,
    )


def wanted_by(
    viewer: UUID | None, text: Callable[[Any], str] = lambda row: row.body
) -> Callable[[Any], bool]:
    """Whether a row has none of the words that the viewer does not want to read; one's own are always wanted.

    Lists leave such posts out. Who opens one by its address wants to read it after all.

    Args:
        text: what there is to read in a row.
    """

    def is_wanted(row: Any) -> bool:
        return not row.unwanted or row.card_id == viewer or not hides(row.unwanted, text(row))

    return is_wanted


def listable(
    session: Session, rows: Sequence[Any], viewer: UUID | None
) -> tuple[dict[UUID, Post], Callable[[Any], bool]]:
    """What a list shows of its rows.

    Returns:
        The posts by id, and whether a row stays in the list: not, when it has words that the viewer does not
        want to read, itself or in what it shares.
    """
    posts = posts_from(session, rows, viewer, in_list=True)
    is_wanted = wanted_by(viewer)

    def stays(row: Any) -> bool:
        post = posts.get(row.id)
        if post is None or not is_wanted(row):
            return False
        shared = post.shared
        is_others = shared is not None and shared.author.id != viewer
        return not (is_others and row.unwanted and shared and hides(row.unwanted, shared.body))

    return posts, stays
