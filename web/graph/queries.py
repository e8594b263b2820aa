"""Reads about relations."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from web.accounts.models import Account
from web.accounts.presence import present
from web.accounts.queries import CARD_COLUMNS, card_from
from web.accounts.schemas import MemberCard
from web.core.db import AnySelect
from web.core.errors import NotFound
from web.core.pagination import AFTER, Page, PageQuery, keyset
from web.graph.models import Block, Follow, FollowRequest, Mute, RelationCount
from web.graph.relations import (
    Member,
    between_columns,
    friend_request,
    friends_in_common,
    meets,
    mutes,
    requested,
)
from web.graph.schemas import BlockedMember, FollowRequestItem, MutedMember, Relationship


@dataclass(frozen=True)
class Counts:
    """How many follow a member, how many the member follows, and how many friends there are."""

    followers: int
    following: int
    friends: int


_viewer = sa.bindparam("viewer", type_=sa.Uuid())
_member = sa.bindparam("member", type_=sa.Uuid())


def relationship_columns(viewer: Member, member: Member) -> tuple[sa.Label[Any], ...]:
    """The columns that :func:`relationship_from` reads."""
    return (
        *between_columns(viewer, member),
        requested(viewer, member).label("requested"),
        friend_request(viewer, member).label("friend_request"),
    )


_RELATIONSHIP = sa.select(*relationship_columns(_viewer, _member))
_MEETS = sa.select(sa.exists().where(Account.id == _member, meets(_viewer)))


def require_meeting(session: Session, viewer: UUID | None, member: UUID) -> None:
    """Make sure that somebody is there for the viewer.

    Raises:
        NotFound: nobody, somebody who is away or shut out, or either side of a block.
    """
    if not session.scalar(_MEETS, {"viewer": viewer, "member": member}):
        raise NotFound()


def relationship(session: Session, viewer: UUID, member: UUID) -> Relationship:
    """How ``viewer`` stands to ``member``."""
    return relationship_from(
        member, session.execute(_RELATIONSHIP, {"viewer": viewer, "member": member}).one()
    )


def relationship_from(member: UUID, row: Any) -> Relationship:
    """The relationship in a row that selected ``relationship_columns``."""
    return Relationship(
        user_id=member,
        following=row.follows,
        requested=row.requested,
        followed_by=row.followed_by,
        friends=row.friends,
        friend_request=row.friend_request,
        muting=row.muting,
        blocking=row.blocking,
    )


def counts(session: Session, member: UUID) -> Counts:
    """A member's follower, following and friend counts.

    They count relations, also to members whom the lists leave out: a count does not change with who looks.
    """
    row = session.get(RelationCount, member)
    if row is None:
        return Counts(0, 0, 0)
    return Counts(row.follower_count, row.following_count, row.friend_count)


def _list_statement(
    of: InstrumentedAttribute[UUID], shown: InstrumentedAttribute[UUID], *, first: bool
) -> AnySelect:
    statement = (
        sa.select(*CARD_COLUMNS, Follow.created_at, shown.label("id"))
        .join(Account, Account.id == shown)
        .where(of == _member, meets(_viewer))
        .order_by(Follow.created_at.desc(), shown.desc())
        .limit(sa.bindparam("rows"))
    )
    if first:
        return statement
    return statement.where(sa.tuple_(Follow.created_at, shown) < AFTER)


_FOLLOWERS = {
    first: _list_statement(Follow.followed_id, Follow.follower_id, first=first) for first in (True, False)
}
_FOLLOWING = {
    first: _list_statement(Follow.follower_id, Follow.followed_id, first=first) for first in (True, False)
}


def followers(session: Session, member: UUID, viewer: UUID, page: PageQuery) -> Page[MemberCard]:
    """Who follows a member, newest first, as far as the viewer may meet them.

    Whether the viewer may read the list at all is the policy's answer, not asked here.
    """
    return _list(session, _FOLLOWERS, member, viewer, page)


def following(session: Session, member: UUID, viewer: UUID, page: PageQuery) -> Page[MemberCard]:
    """Whom a member follows, newest first, as far as the viewer may meet them.

    Whether the viewer may read the list at all is the policy's answer, not asked here.
    """
    return _list(session, _FOLLOWING, member, viewer, page)


def _list(
    session: Session, statements: dict[bool, AnySelect], member: UUID, viewer: UUID, page: PageQuery
) -> Page[MemberCard]:
    after = page.after
    values = {"member": member, "viewer": viewer, "rows": page.limit + 1, **keyset(after)}
    return page.page(session.execute(statements[after is None], values).all(), card_from)


_BLOCKED = (
    sa.select(*CARD_COLUMNS, Block.reason, Block.created_at, Block.blocked_id.label("id"))
    .join(Account, Account.id == Block.blocked_id)
    .where(Block.blocker_id == _member, present())
    .order_by(Block.created_at.desc(), Block.blocked_id.desc())
    .limit(sa.bindparam("rows"))
)
_BLOCKED_NEXT = _BLOCKED.where(sa.tuple_(Block.created_at, Block.blocked_id) < AFTER)


def blocked(session: Session, blocker: UUID, page: PageQuery) -> Page[BlockedMember]:
    """Whom a member blocks, newest first."""
    after = page.after
    statement = _BLOCKED if after is None else _BLOCKED_NEXT
    values = {"member": blocker, "rows": page.limit + 1, **keyset(after)}

    def item(row: Any) -> BlockedMember:
        card = card_from(row)
        return BlockedMember(**card.model_dump(), reason=row.reason, blocked_at=row.created_at)

    return page.page(session.execute(statement, values).all(), item)


_MUTED = (
    sa.select(*CARD_COLUMNS, Mute.created_at, Mute.muted_id.label("id"))
    .join(Account, Account.id == Mute.muted_id)
    .where(Mute.muter_id == _member, meets(_member))
    .order_by(Mute.created_at.desc(), Mute.muted_id.desc())
    .limit(sa.bindparam("rows"))
)
_MUTED_NEXT = _MUTED.where(sa.tuple_(Mute.created_at, Mute.muted_id) < AFTER)


def muted(session: Session, muter: UUID, page: PageQuery) -> Page[MutedMember]:
    """Whom a member mutes, newest first."""
    after = page.after
    statement = _MUTED if after is None else _MUTED_NEXT
    values = {"member": muter, "rows": page.limit + 1, **keyset(after)}

    def item(row: Any) -> MutedMember:
        return MutedMember(**card_from(row).model_dump(), muted_at=row.created_at)

    return page.page(session.execute(statement, values).all(), item)


_FOLLOW_REQUESTS = (
    sa.select(
        *CARD_COLUMNS,
        FollowRequest.created_at,
        FollowRequest.requester_id.label("id"),
        friends_in_common(_member, FollowRequest.requester_id).label("mutual_friends"),
    )
    .join(Account, Account.id == FollowRequest.requester_id)
    .where(FollowRequest.member_id == _member, meets(_member))
    .order_by(FollowRequest.created_at.desc(), FollowRequest.requester_id.desc())
    .limit(sa.bindparam("rows"))
)
_FOLLOW_REQUESTS_NEXT = _FOLLOW_REQUESTS.where(
    sa.tuple_(FollowRequest.created_at, FollowRequest.requester_id) < AFTER
)


def follow_requests(session: Session, member: UUID, page: PageQuery) -> Page[FollowRequestItem]:
    """Who asks to follow a member, newest first."""
    after = page.after
    statement = _FOLLOW_REQUESTS if after is None else _FOLLOW_REQUESTS_NEXT
    values = {"member": member, "rows": page.limit + 1, **keyset(after)}

    def item(row: Any) -> FollowRequestItem:
        return FollowRequestItem(
            member=card_from(row), mutual_friends_count=row.mutual_friends, requested_at=row.created_at
        )

    return page.page(session.execute(statement, values).all(), item)


_pair = sa.tuple_(FollowRequest.requester_id, FollowRequest.member_id)
_ASKING: AnySelect = sa.select(FollowRequest.requester_id, FollowRequest.member_id).where(
    _pair.in_(sa.bindparam("pairs", expanding=True))
)


def asking(session: Session, pairs: Iterable[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Which of these members wait for the other to let them follow.

    Args:
        pairs: who asks, and whom.
    """
    return {(row.requester_id, row.member_id) for row in session.execute(_ASKING, {"pairs": list(pairs)})}


_wanted = (
    sa.func.unnest(
        sa.bindparam("viewers", type_=ARRAY(sa.Uuid())), sa.bindparam("members", type_=ARRAY(sa.Uuid()))
    )
    .table_valued(sa.column("viewer_id", sa.Uuid()), sa.column("member_id", sa.Uuid()), name="wanted")
    .render_derived()
)
_CARDS_FOR = (
    sa.select(_wanted.c.viewer_id, *CARD_COLUMNS)
    .join(Account, Account.id == _wanted.c.member_id)
    .where(meets(_wanted.c.viewer_id), sa.not_(mutes(_wanted.c.viewer_id, _wanted.c.member_id)))
)


def cards_for(session: Session, pairs: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], MemberCard]:
    """Cards of members for the viewers who are about to be told of them, in one query.

    Args:
        pairs: viewer and member.
    Returns:
        Only pairs in which the viewer may meet the member, and does not mute them.
    """
    asked = list(set(pairs))
    values = {"viewers": [viewer for viewer, _ in asked], "members": [member for _, member in asked]}
    return {(row.viewer_id, row.card_id): card_from(row) for row in session.execute(_CARDS_FOR, values)}
