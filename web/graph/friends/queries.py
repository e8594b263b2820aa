"""Reads about friends and friend requests. Whom the reader may not meet is left out."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account
from web.accounts.queries import CARD_COLUMNS, card_from
from web.accounts.schemas import MemberCard
from web.core.db import AnySelect
from web.core.pagination import AFTER, Page, PageQuery, keyset
from web.graph.friends.schemas import (
    Direction,
    FriendRequestItem,
    FriendRequestsQuery,
    MutualKind,
    MutualsQuery,
    RequestStatus,
)
from web.graph.models import Follow, FriendRequest, Friendship
from web.graph.relations import follows, friends_in_common, meets

_viewer = sa.bindparam("viewer", type_=sa.Uuid())
_member = sa.bindparam("member", type_=sa.Uuid())

_FRIENDS = (
    sa.select(*CARD_COLUMNS, Friendship.created_at, Friendship.friend_id.label("id"))
    .join(Account, Account.id == Friendship.friend_id)
    .where(Friendship.member_id == _member, meets(_viewer))
    .order_by(Friendship.created_at.desc(), Friendship.friend_id.desc())
    .limit(sa.bindparam("rows"))
)
_of_member = aliased(Friendship)
_Followed = aliased(Follow)  # of its own name, because ``follows`` looks for a follow, too
_MUTUAL_FRIENDS = (
    sa.select(*CARD_COLUMNS, Friendship.created_at, Friendship.friend_id.label("id"))
    .join(_of_member, _of_member.member_id == Friendship.friend_id)
    .join(Account, Account.id == Friendship.friend_id)
    .where(Friendship.member_id == _viewer, _of_member.friend_id == _member, meets(_viewer))
    .order_by(Friendship.created_at.desc(), Friendship.friend_id.desc())
    .limit(sa.bindparam("rows"))
)
_FOLLOWED_FOLLOWERS = (
    sa.select(*CARD_COLUMNS, _Followed.created_at, _Followed.followed_id.label("id"))
    .join(Account, Account.id == _Followed.followed_id)
    .where(_Followed.follower_id == _viewer, follows(_Followed.followed_id, _member), meets(_viewer))
    .order_by(_Followed.created_at.desc(), _Followed.followed_id.desc())
    .limit(sa.bindparam("rows"))
)
_after_friend = sa.tuple_(Friendship.created_at, Friendship.friend_id) < AFTER
_after_followed = sa.tuple_(_Followed.created_at, _Followed.followed_id) < AFTER
_LISTS: dict[str, tuple[AnySelect, AnySelect]] = {
    "friends": (_FRIENDS, _FRIENDS.where(_after_friend)),
    "mutual friends": (_MUTUAL_FRIENDS, _MUTUAL_FRIENDS.where(_after_friend)),
    "mutual following": (_FOLLOWED_FOLLOWERS, _FOLLOWED_FOLLOWERS.where(_after_followed)),
}


def friends_of(session: Session, member: UUID, viewer: UUID, page: PageQuery) -> Page[MemberCard]:
    """With whom a member is friends, newest first, as far as the viewer may meet them.

    Whether the viewer may read the list at all is the policy's answer, not asked here.
    """
    return _list(session, "friends", member, viewer, page)


def mutuals(session: Session, member: UUID, viewer: UUID, page: MutualsQuery) -> Page[MemberCard]:
    """Whom a viewer and a member have in common, in the order in which the viewer came to know them.

    Whether the viewer may read the member's lists at all is the policy's answer, not asked here.
    """
    is_of_friends = page.kind is MutualKind.FRIENDS
    return _list(session, "mutual friends" if is_of_friends else "mutual following", member, viewer, page)


def _list(session: Session, name: str, member: UUID, viewer: UUID, page: PageQuery) -> Page[MemberCard]:
    after = page.after
    first, further = _LISTS[name]
    values = {"member": member, "viewer": viewer, "rows": page.limit + 1, **keyset(after)}
    return page.page(session.execute(first if after is None else further, values).all(), card_from)


def _requests_statement(direction: Direction, *, first: bool) -> AnySelect:
    if direction is Direction.RECEIVED:
        mine, other = FriendRequest.receiver_id, FriendRequest.sender_id
        waits = sa.and_(FriendRequest.declined_at.is_(None), FriendRequest.withdrawn_at.is_(None))
    else:
        mine, other = FriendRequest.sender_id, FriendRequest.receiver_id
        waits = FriendRequest.withdrawn_at.is_(None)
    statement = (
        sa.select(
            *CARD_COLUMNS,
            FriendRequest.id,
            FriendRequest.created_at,
            friends_in_common(_viewer, other).label("mutual_friends"),
        )
        .join(Account, Account.id == other)
        .where(mine == _viewer, waits, meets(_viewer))
        .order_by(FriendRequest.created_at.desc(), FriendRequest.id.desc())
        .limit(sa.bindparam("rows"))
    )
    if first:
        return statement
    return statement.where(sa.tuple_(FriendRequest.created_at, FriendRequest.id) < AFTER)


_REQUESTS = {
    (direction, first): _requests_statement(direction, first=first)
    for direction in Direction
    for first in (True, False)
}
_OTHER_SIDE: AnySelect = sa.select(
    *CARD_COLUMNS, friends_in_common(_viewer, _member).label("mutual_friends")
).where(Account.id == _member)


def friend_requests(session: Session, member: UUID, page: FriendRequestsQuery) -> Page[FriendRequestItem]:
    """The friend requests that a member got or sent and that wait, newest first."""
    after = page.after
    values = {"viewer": member, "rows": page.limit + 1, **keyset(after)}
    rows = session.execute(_REQUESTS[page.direction, after is None], values).all()

    def item(row: Any) -> FriendRequestItem:
        return FriendRequestItem(
            id=row.id,
            direction=page.direction,
            status=RequestStatus.PENDING,
            member=card_from(row),
            mutual_friends_count=row.mutual_friends,
            created_at=row.created_at,
        )

    return page.page(rows, item)


_WAITING = sa.select(FriendRequest.id).where(
    FriendRequest.id.in_(sa.bindparam("ids", expanding=True)),
    FriendRequest.declined_at.is_(None),
    FriendRequest.withdrawn_at.is_(None),
)


def waiting(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Which friend requests wait for an answer."""
    return set(session.scalars(_WAITING, {"ids": list(ids)}))


def request_item(
    session: Session, request: FriendRequest, direction: Direction, status: RequestStatus
) -> FriendRequestItem:
    """A friend request as one of its sides sees it."""
    sides = (request.receiver_id, request.sender_id)
    viewer, member = sides if direction is Direction.RECEIVED else sides[::-1]
    row = session.execute(_OTHER_SIDE, {"viewer": viewer, "member": member}).one()
    return FriendRequestItem(
        id=request.id,
        direction=direction,
        status=status,
        member=card_from(row),
        mutual_friends_count=row.mutual_friends,
        created_at=request.created_at,
    )
