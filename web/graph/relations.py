"""What is between two members: the SQL that every rule and list is made of, and the answer to ``between``.

Each expression takes members as columns or as parameters. All look rows up by a primary key.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account
from web.accounts.presence import present
from web.core.relations import Between, Relations
from web.graph.models import Block, Follow, FollowRequest, FriendRequest, Friendship, Mute

Member = sa.SQLColumnExpression[UUID]


def _is_there(tables: Sequence[Any], *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """SQL: whether there are such rows. Everything but their tables is of the statements around it.

    That has to be said: by itself, SQLAlchemy takes the members' tables from the next statement around only,
    and joins those of a farther one anew, with everybody in them.
    """
    return sa.exists().where(*conditions).correlate_except(*tables)


def follows(follower: Member, followed: Member) -> sa.ColumnElement[bool]:
    """SQL: whether one member follows another."""
    return _is_there([Follow], Follow.follower_id == follower, Follow.followed_id == followed)


def friends(one: Member, other: Member) -> sa.ColumnElement[bool]:
    """SQL: whether two members are friends."""
    return _is_there([Friendship], Friendship.member_id == one, Friendship.friend_id == other)


def friends_of_friends(one: Member, other: Member) -> sa.ColumnElement[bool]:
    """SQL: whether two members have a friend in common, friends themselves or not."""
    of_one, of_other = aliased(Friendship), aliased(Friendship)
    return _is_there(
        [of_one, of_other],
        of_one.member_id == one,
        of_one.friend_id == of_other.member_id,
        of_other.friend_id == other,
    )


def blocks(blocker: Member, blocked: Member) -> sa.ColumnElement[bool]:
    """SQL: whether one member blocks another."""
    return _is_there([Block], Block.blocker_id == blocker, Block.blocked_id == blocked)


def mutes(muter: Member, muted: Member) -> sa.ColumnElement[bool]:
    """SQL: whether one member mutes another."""
    return _is_there([Mute], Mute.muter_id == muter, Mute.muted_id == muted)


def requested(requester: Member, member: Member) -> sa.ColumnElement[bool]:
    """SQL: whether one member waits to be let in by another."""
    return _is_there(
        [FollowRequest], FollowRequest.requester_id == requester, FollowRequest.member_id == member
    )


def friend_request(one: Member, other: Member) -> sa.ColumnElement[str | None]:
    """SQL: ``sent`` or ``received`` where one member waits for the other's answer, as ``one`` sees it.

    Who sent a request that was declined is not told, and waits.
    """
    sent, received = aliased(FriendRequest), aliased(FriendRequest)
    return sa.case(
        (
            _is_there([sent], sent.sender_id == one, sent.receiver_id == other, sent.withdrawn_at.is_(None)),
            "sent",
        ),
        (
            _is_there(
                [received],
                received.sender_id == other,
                received.receiver_id == one,
                received.withdrawn_at.is_(None),
                received.declined_at.is_(None),
            ),
            "received",
        ),
        else_=None,
    )


def friends_in_common(one: Member, other: Member) -> sa.ColumnElement[int]:
    """SQL: how many friends two members have in common.

    It counts friendships, also with members whom lists leave out: a count does not change with who looks.
    """
    of_one, of_other = aliased(Friendship), aliased(Friendship)
    return (
        sa.select(sa.func.count())
        .select_from(of_one)
        .join(of_other, of_other.member_id == of_one.friend_id)
        .where(of_one.member_id == one, of_other.friend_id == other)
        .scalar_subquery()
    )


def blocked_between(one: Member, other: Member) -> sa.ColumnElement[bool]:
    """SQL: whether either of two members blocks the other."""
    return sa.or_(blocks(one, other), blocks(other, one))


def meets(viewer: Member, account: type[Account] = Account) -> sa.ColumnElement[bool]:
    """SQL: whether a viewer (NULL: without login) may meet the member of a row of accounts at all.

    Everyone else who may not be met is as if there were nobody: those who are away or shut out, and either
    side of a block.
    """
    return sa.or_(
        account.id == viewer,
        sa.and_(present(account), sa.not_(blocks(viewer, account.id)), sa.not_(blocks(account.id, viewer))),
    )


_viewer = sa.bindparam("viewer", type_=sa.Uuid())
_member = sa.bindparam("member", type_=sa.Uuid())


def between_columns(viewer: Member, member: Member) -> tuple[sa.Label[bool], ...]:
    """The columns that :func:`between_from` reads."""
    return (
        follows(viewer, member).label("follows"),
        follows(member, viewer).label("followed_by"),
        friends(viewer, member).label("friends"),
        friends_of_friends(viewer, member).label("friends_of_friends"),
        blocks(viewer, member).label("blocking"),
        blocks(member, viewer).label("blocked_by"),
        mutes(viewer, member).label("muting"),
    )


def between_from(row: Any) -> Between:
    """What is between two members, from a row that selected ``between_columns``."""
    return Between(
        follows=row.follows,
        followed_by=row.followed_by,
        friends=row.friends,
        friends_of_friends=row.friends_of_friends,
        blocked=row.blocking or row.blocked_by,
        muted=row.muting,
    )


_BETWEEN = sa.select(*between_columns(_viewer, _member))


class GraphRelations(Relations):
    """Answers from the tables of relations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def between(self, viewer_id: UUID | None, member_id: UUID) -> Between:
        if viewer_id is None or viewer_id == member_id:
            return Between()
        return between_from(self._session.execute(_BETWEEN, {"viewer": viewer_id, "member": member_id}).one())


def lock_pair(session: Session, one: UUID, other: UUID) -> None:
    """Let what changes the relation of two members happen one after the other, until the transaction ends.

    A row lock cannot do this: the rows that must not be there together (a follow and a block) are not there
    yet. Lock order: the pair first of all, rows of relations, counters by member id. A transaction locks one
    pair only.
    """
    pair = ":".join(sorted((str(one), str(other))))
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(pair, 0))))
