"""With whom a member has to do: their copy of it, and its end."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.db import AnySelect
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.graph.models import Block, Follow, FollowRequest, FriendRequest, Friendship, Mute, RelationCount


class RelationRecord(BaseModel):
    """Another member and since when."""

    member_id: UUID
    username: str
    created_at: datetime


class BlockRecord(RelationRecord):
    """Somebody whom the member blocks."""

    reason: str | None = Field(description="what the member noted for themselves")


class RequestRecord(RelationRecord):
    """Somebody who waits for the member's answer, or for whose answer the member waits."""

    direction: str = Field(description="sent or received")


class FriendRequestRecord(RequestRecord):
    """The same for friendship."""

    declined_at: datetime | None = Field(description="when the member declined what they received")


_member = sa.bindparam("member", type_=sa.Uuid())
_ids = sa.bindparam("ids", type_=ARRAY(sa.Uuid()))


def _others(
    table: type[Follow] | type[Friendship] | type[Block] | type[Mute],
    mine: sa.SQLColumnExpression[UUID],
    other: sa.SQLColumnExpression[UUID],
) -> AnySelect:
    return (
        sa.select(other.label("member_id"), Account.username, table.created_at)
        .join(Account, Account.id == other)
        .where(mine == _member)
        .order_by(table.created_at, other)
    )


_FOLLOWING = _others(Follow, Follow.follower_id, Follow.followed_id)
_FOLLOWERS = _others(Follow, Follow.followed_id, Follow.follower_id)
_FRIENDS = _others(Friendship, Friendship.member_id, Friendship.friend_id)
_BLOCKS = _others(Block, Block.blocker_id, Block.blocked_id).add_columns(Block.reason)
_MUTES = _others(Mute, Mute.muter_id, Mute.muted_id)


def _requests(
    table: type[FollowRequest] | type[FriendRequest],
    sender: sa.SQLColumnExpression[UUID],
    receiver: sa.SQLColumnExpression[UUID],
) -> AnySelect:
    is_sent = sender == _member
    other = sa.case((is_sent, receiver), else_=sender)
    return (
        sa.select(
            sa.case((is_sent, "sent"), else_="received").label("direction"),
            other.label("member_id"),
            Account.username,
            table.created_at,
        )
        .join(Account, Account.id == other)
        .where(sa.or_(is_sent, receiver == _member))
        .order_by(table.created_at, other)
    )


_FOLLOW_REQUESTS = _requests(FollowRequest, FollowRequest.requester_id, FollowRequest.member_id)
_is_received = FriendRequest.receiver_id == _member
# What the member took back is gone for them; who sent a request is not told that it was declined.
_FRIEND_REQUESTS = (
    _requests(FriendRequest, FriendRequest.sender_id, FriendRequest.receiver_id)
    .add_columns(sa.case((_is_received, FriendRequest.declined_at)).label("declined_at"))
    .where(sa.or_(_is_received, FriendRequest.withdrawn_at.is_(None)))
)


def register(personal_data: PersonalData) -> None:
    """Sections and eraser of relations. Who blocks or mutes a member is the others' data; nobody is told."""
    counted = ("follows", "relation_counts")
    personal_data.export(
        Section("following", counted, RelationRecord, following),
        Section("followers", counted, RelationRecord, followers),
        Section("friends", ("friendships",), RelationRecord, friends),
        Section("blocks", ("blocks",), BlockRecord, blocks),
        Section("mutes", ("mutes",), RelationRecord, mutes),
        Section("follow_requests", ("follow_requests",), RequestRecord, follow_requests),
        Section("friend_requests", ("friend_requests",), FriendRequestRecord, friend_requests),
    )
    tables = (*counted, "friendships", "blocks", "mutes", "follow_requests", "friend_requests")
    personal_data.erase(Eraser("graph", tables, erase))


def following(services: Services, member_id: UUID) -> Iterator[RelationRecord]:
    """Whom a member follows."""
    return stream(services[Session], RelationRecord, _FOLLOWING, member=member_id)


def followers(services: Services, member_id: UUID) -> Iterator[RelationRecord]:
    """Who follows a member."""
    return stream(services[Session], RelationRecord, _FOLLOWERS, member=member_id)


def friends(services: Services, member_id: UUID) -> Iterator[RelationRecord]:
    """With whom a member is friends."""
    return stream(services[Session], RelationRecord, _FRIENDS, member=member_id)


def blocks(services: Services, member_id: UUID) -> Iterator[BlockRecord]:
    """Whom a member blocks."""
    return stream(services[Session], BlockRecord, _BLOCKS, member=member_id)


def mutes(services: Services, member_id: UUID) -> Iterator[RelationRecord]:
    """Whom a member mutes."""
    return stream(services[Session], RelationRecord, _MUTES, member=member_id)


def follow_requests(services: Services, member_id: UUID) -> Iterator[RequestRecord]:
    """Whom a member asks to follow, and who asks them."""
    return stream(services[Session], RequestRecord, _FOLLOW_REQUESTS, member=member_id)


def friend_requests(services: Services, member_id: UUID) -> Iterator[FriendRequestRecord]:
    """Whom a member asks for friendship, and who asks them."""
    return stream(services[Session], FriendRequestRecord, _FRIEND_REQUESTS, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Delete a member's relations, from both sides, and take them off the others' counters.

    As long as content of theirs stays, so do blocks (without reasons) and who mutes them: nobody is to see
    now what they did not see before. Lock order: relations, then counters by member id.
    """
    session = services[Session]
    for table, one, other in (
        (FollowRequest, FollowRequest.requester_id, FollowRequest.member_id),
        (FriendRequest, FriendRequest.sender_id, FriendRequest.receiver_id),
    ):
        session.execute(sa.delete(table).where(sa.or_(one == member_id, other == member_id)))
    _end_counted(session, member_id)
    muting, muted = Mute.muter_id == member_id, Mute.muted_id == member_id
    session.execute(sa.delete(Mute).where(muting if keeps_content else sa.or_(muting, muted)))
    blocked = sa.or_(Block.blocker_id == member_id, Block.blocked_id == member_id)
    session.execute(
        sa.update(Block).where(blocked).values(reason=None)
        if keeps_content
        else sa.delete(Block).where(blocked)
    )


def _end_counted(session: Session, member_id: UUID) -> None:
    """Delete follows and friendships, and take them off the others' counters."""
    either = sa.or_(Follow.follower_id == member_id, Follow.followed_id == member_id)
    ended = session.execute(
        sa.delete(Follow).where(either).returning(Follow.follower_id, Follow.followed_id)
    ).all()
    followed = [row.followed_id for row in ended if row.follower_id == member_id]
    follower = [row.follower_id for row in ended if row.followed_id == member_id]
    friends_with = sa.or_(Friendship.member_id == member_id, Friendship.friend_id == member_id)
    friendships = session.execute(
        sa.delete(Friendship).where(friends_with).returning(Friendship.member_id, Friendship.friend_id)
    ).all()
    friend = [row.friend_id for row in friendships if row.member_id == member_id]
    counters = sa.select(RelationCount.member_id).where(RelationCount.member_id == sa.any_(_ids))
    in_order = counters.order_by(RelationCount.member_id).with_for_update()
    session.execute(in_order, {"ids": [member_id, *followed, *follower, *friend]})
    for counter, ids in (
        (RelationCount.follower_count, followed),
        (RelationCount.following_count, follower),
        (RelationCount.friend_count, friend),
    ):
        session.execute(
            sa.update(RelationCount)
            .where(RelationCount.member_id == sa.any_(_ids))
            .values({counter: counter - 1})
            .execution_options(synchronize_session=False),
            {"ids": ids},
        )
    session.execute(sa.delete(RelationCount).where(RelationCount.member_id == member_id))
