"""Reads about stories."""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.content.models import Attachment, Content, StoryFacts
from web.content.policy import VIEWER, listed, visible
from web.content.presentation import MENTIONED, UNWANTED, wanted_by
from web.content.reactions import Like, View
from web.content.schemas import Mentioned
from web.content.stories.schemas import Story, StoryGroup, StoryItem, StoryViewer
from web.core.errors import NotFound, NotOwner
from web.core.media_addresses import MediaAddresses, addresses_of
from web.core.pagination import AFTER, Page, PageQuery, Position, keyset
from web.graph.models import Follow, Friendship
from web.graph.relations import meets
from web.media.models import Medium
from web.media.presentation import MEDIUM_FIELDS, medium_from

# Added to the time of a member's newest story, in microseconds: one's own stories come before those with
# something new, and these before the others.
FIRST_OF_ALL: Final = 2 << 60
FIRST: Final = 1 << 60

_viewed = sa.exists().where(View.content_id == Content.id, View.viewer_id == VIEWER).correlate(Content)
_liked = sa.exists().where(Like.content_id == Content.id, Like.member_id == VIEWER).correlate(Content)
_STORIES = (
    sa.select(
        Content.id,
        Content.author_id,
        Content.body,
        Content.language,
        Content.visibility,
        Content.view_count,
        Content.like_count,
        Content.created_at,
        Content.expires_at,
        StoryFacts.duration_ms,
        Attachment.alt_text,
        *(field.label(f"medium_{name}") for name, field in MEDIUM_FIELDS.items()),
        _viewed.label("viewed_by_me"),
        _liked.label("liked_by_me"),
        MENTIONED,
        UNWANTED,
        *CARD_COLUMNS,
    )
    .join(Account, Account.id == Content.author_id)
    .join(StoryFacts, StoryFacts.content_id == Content.id)
    .join(Attachment, Attachment.content_id == Content.id)
    .join(Medium, Medium.id == Attachment.media_id)
    .where(Content.type == "story")
)
_BY_ID = _STORIES.where(Content.id == sa.bindparam("id", type_=sa.Uuid()), visible())
_OF_AUTHORS = _STORIES.where(
    Content.author_id.in_(sa.bindparam("authors", expanding=True)), listed()
).order_by(Content.created_at, Content.id)


def story(session: Session, story_id: UUID, viewer: UUID) -> Story:
    """One story.

    Raises:
        NotFound: absent, deleted, over, or not for this viewer.
    """
    row: Any = session.execute(_BY_ID, {"id": story_id, "viewer": viewer}).one_or_none()
    if row is None:
        raise NotFound()
    item = _item_from(row, viewer, addresses_of(session))
    return Story(author=card_from(row), **dict(item))


def _tray_statement() -> sa.Select[Any]:
    """The members whose stories the viewer gets, by their place in the tray.

    Each of them is looked up in the index of live stories, so that what is over costs nothing.
    """
    authors = sa.union(
        sa.select(Follow.followed_id.label("author_id")).where(Follow.follower_id == VIEWER),
        sa.select(Friendship.friend_id).where(Friendship.member_id == VIEWER),
        sa.select(sa.cast(VIEWER, sa.Uuid())),
    ).subquery("authors")
    is_own = Content.author_id == VIEWER
    newest = sa.cast(sa.extract("epoch", sa.func.max(Content.created_at)) * 1_000_000, sa.BigInteger)
    first = sa.case(
        (sa.func.bool_or(is_own), FIRST_OF_ALL), (sa.func.bool_or(sa.not_(_viewed)), FIRST), else_=0
    )
    groups = (
        sa.select(Content.author_id, (newest + sa.cast(first, sa.BigInteger)).label("place"))
        .join(authors, authors.c.author_id == Content.author_id)
        .join(Account, Account.id == Content.author_id)
        .where(Content.type == "story", listed())
        .group_by(Content.author_id)
        .subquery("groups")
    )
    return (
        sa.select(groups.c.author_id.label("id"), groups.c.place, *CARD_COLUMNS)
        .join(Account, Account.id == groups.c.author_id)
        .order_by(groups.c.place.desc(), groups.c.author_id.desc())
        .limit(sa.bindparam("rows"))
    )


_TRAY = _tray_statement()
_groups = _TRAY.selected_columns
_TRAY_NEXT = _TRAY.where(
    sa.tuple_(_groups.place, _groups.id)
    < sa.tuple_(sa.bindparam("after_place", type_=sa.BigInteger()), sa.bindparam("after_id", type_=sa.Uuid()))
)


def tray(session: Session, viewer: UUID, page: PageQuery) -> Page[StoryGroup]:
    """The stories of the viewer, of whom they follow and of their friends, by author.

    The viewer's own come first, then whoever has something that the viewer has not seen, then the others;
    each part begins with the newest. Two statements, whatever there is.
    """
    after = page.after
    place = {"after_place": after.order, "after_id": after.id} if after else {}
    statement = _TRAY if after is None else _TRAY_NEXT
    rows = session.execute(statement, {"viewer": viewer, "rows": page.limit + 1, **place}).all()
    stories = _stories_of(session, [row.id for row in rows[: page.limit]], viewer)

    return page.page(
        rows,
        lambda row: _group_from(row, stories[row.id], viewer),
        position=lambda row: Position(row.place, row.id),
        keep=lambda row: row.id in stories,  # not, when the viewer wants to read none of them
    )


def group_of(session: Session, author_id: UUID, viewer: UUID) -> StoryGroup:
    """What a member shows just now, also to a viewer in whose tray it is not.

    Raises:
        NotFound: nothing that is for the viewer.
    """
    found = session.execute(_OF_AUTHORS, {"authors": [author_id], "viewer": viewer})
    rows = list(filter(wanted_by(viewer), found))
    if not rows:
        raise NotFound()
    addresses = addresses_of(session)
    return _group_from(rows[0], [_item_from(row, viewer, addresses) for row in rows], viewer)


def _group_from(row: Any, items: list[StoryItem], viewer: UUID) -> StoryGroup:
    author = card_from(row)
    has_unviewed = author.id != viewer and any(not item.viewed_by_me for item in items)
    return StoryGroup(author=author, has_unviewed=has_unviewed, stories=items)


def _stories_of(session: Session, authors: list[UUID], viewer: UUID) -> dict[UUID, list[StoryItem]]:
    """What some members show just now, by author, without what the viewer does not want to read."""
    is_wanted, addresses = wanted_by(viewer), addresses_of(session)
    stories: dict[UUID, list[StoryItem]] = {}
    if authors:
        for row in filter(is_wanted, session.execute(_OF_AUTHORS, {"authors": authors, "viewer": viewer})):
            stories.setdefault(row.author_id, []).append(_item_from(row, viewer, addresses))
    return stories


def _item_from(row: Any, viewer: UUID, addresses: MediaAddresses) -> StoryItem:
    is_own = row.author_id == viewer
    medium = {name: getattr(row, f"medium_{name}") for name in MEDIUM_FIELDS}
    return StoryItem(
        id=row.id,
        body=row.body,
        mentions=[Mentioned(**each) for each in row.mentions or ()],
        language=row.language,
        visibility=row.visibility,
        medium=medium_from({**medium, "alt_text": row.alt_text}, addresses),
        duration_ms=row.duration_ms,
        viewed_by_me=row.viewed_by_me,
        liked_by_me=row.liked_by_me,
        view_count=row.view_count if is_own else None,
        like_count=row.like_count if is_own else None,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


_AUTHOR = (
    sa.select(Content.author_id)
    .join(Account, Account.id == Content.author_id)
    .where(Content.id == sa.bindparam("id", type_=sa.Uuid()), Content.type == "story", visible())
)
_VIEWERS = (
    sa.select(
        *CARD_COLUMNS,
        View.viewed_at,
        View.viewer_id.label("id"),
        sa.exists()
        .where(Like.content_id == View.content_id, Like.member_id == View.viewer_id)
        .correlate(View)
        .label("liked"),
    )
    .join(Account, Account.id == View.viewer_id)
    .where(View.content_id == sa.bindparam("id", type_=sa.Uuid()), meets(VIEWER))
    .order_by(View.viewed_at.desc(), View.viewer_id.desc())
    .limit(sa.bindparam("rows"))
)
_VIEWERS_NEXT = _VIEWERS.where(sa.tuple_(View.viewed_at, View.viewer_id) < AFTER)


def author_of(session: Session, story_id: UUID, viewer: UUID) -> UUID:
    """Whose story it is that a member wants to act on.

    Raises:
        NotFound: no story, absent, deleted, over, or not for this member.
    """
    author_id = session.scalar(_AUTHOR, {"id": story_id, "viewer": viewer})
    if author_id is None:
        raise NotFound()
    return author_id


def viewers(session: Session, story_id: UUID, member_id: UUID, page: PageQuery) -> Page[StoryViewer]:
    """Who saw a member's story, the latest first, as far as the member may meet them.

    Raises:
        NotFound: no story, or none that the member sees.
        NotOwner: it is somebody else's.
    """
    if author_of(session, story_id, member_id) != member_id:
        raise NotOwner()
    after = page.after
    statement = _VIEWERS if after is None else _VIEWERS_NEXT
    values = {"id": story_id, "viewer": member_id, "rows": page.limit + 1, **keyset(after)}
    return page.page(
        session.execute(statement, values).all(),
        lambda row: StoryViewer(user=card_from(row), viewed_at=row.viewed_at, liked=row.liked),
        position=lambda row: Position.at(row.viewed_at, row.id),
    )
