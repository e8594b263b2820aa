"""What staged blocks end, as live blocks do: follows, friendships, partnerships, and what was asked for."""

import sqlalchemy as sa

from pipelines.imports import stages
from pipelines.imports.kinds import Columns, accounts, events, table_of
from web.core.events import Event
from web.graph.events import (
    FollowRequestWithdrawn,
    FriendRequestWithdrawn,
    FriendshipEnded,
    MemberUnfollowed,
)
from web.graph.models import (
    Follow,
    FollowRequest,
    FriendRequest,
    Friendship,
    Partnership,
    RelationCount,
)
from web.graph.partners.events import PartnershipEnded
from web.notifications.models import Notification

follows, friendships = table_of(Follow), table_of(Friendship)
follow_requests, friend_requests = table_of(FollowRequest), table_of(FriendRequest)
partnerships, notifications = table_of(Partnership), table_of(Notification)
relation_counts = table_of(RelationCount)

_staged = stages.blocks
# Both directions of each pair, at the time of the first block of either.
_both_ways = sa.union_all(
    sa.select(_staged.c.blocker_id.label("one"), _staged.c.blocked_id.label("other"), _staged.c.created_at),
    sa.select(_staged.c.blocked_id, _staged.c.blocker_id, _staged.c.created_at),
).subquery("both_ways")
_severed = (
    sa.select(_both_ways.c.one, _both_ways.c.other, sa.func.min(_both_ways.c.created_at).label("at"))
    .group_by(_both_ways.c.one, _both_ways.c.other)
    .subquery("severed")
)


def _between(table: sa.Table, one: str, other: str) -> sa.ColumnElement[bool]:
    """SQL: a row of ``table`` is between two whom a block severs."""
    return sa.and_(table.c[one] == _severed.c.one, table.c[other] == _severed.c.other)


def _gone(table: sa.Table, one: str, other: str, *where: sa.ColumnElement[bool]) -> sa.CTE:
    """Delete what stands in ``table`` between blocked pairs; its columns, and ``at``."""
    deleted = sa.delete(table).where(_between(table, one, other), *where)
    return deleted.returning(*table.c, _severed.c.at).cte("gone")


def _log(
    event: type[Event], ended: sa.CTE, data: Columns, where: sa.ColumnElement[bool] | None = None
) -> sa.Insert:
    """An event for each row of what ended, at the time of the block; its day is the actor's own."""
    actor = data[event.actor]
    rows = sa.select(
        sa.func.gen_random_uuid(),
        sa.literal(event.name),
        sa.literal(event.version),
        actor,
        ended.c.at,
        sa.cast(sa.func.timezone(accounts.c.zone, ended.c.at), sa.Date),
        sa.func.jsonb_build_object(*(item for pair in data.items() for item in pair)),
    ).join_from(ended, accounts, accounts.c.id == actor)
    columns = ["id", "name", "version", "actor_id", "occurred_at", "local_day", "data"]
    return sa.insert(events).from_select(columns, rows if where is None else rows.where(where))


def _of(ended: sa.CTE, *names: str) -> Columns:
    return {name: ended.c[name] for name in names}


def _end(table: sa.Table, one: str, other: str, event: type[Event], counters: dict[str, str]) -> sa.Update:
    """End what stands in ``table``, with its events, and take it off the counters.

    Args:
        one, other: the two members' columns; the fields of the event are called like them.
        counters: the column of the member whose counter it is, by counter.
    """
    gone = _gone(table, one, other)
    is_told_once = sa.true() if table is follows else gone.c[one] < gone.c[other]
    logged = _log(event, gone, _of(gone, one, other), is_told_once).cte("logged")
    losses = sa.union_all(
        *(
            sa.select(
                gone.c[column].label("member_id"),
                *(sa.literal(int(name == counter)).label(name) for name in counters),
            )
            for counter, column in counters.items()
        )
    ).subquery("losses")
    lost = (
        sa.select(losses.c.member_id, *(sa.func.sum(losses.c[name]).label(name) for name in counters))
        .group_by(losses.c.member_id)
        .subquery("lost")
    )
    return (
        sa.update(relation_counts)
        .where(relation_counts.c.member_id == lost.c.member_id)
        .values({name: relation_counts.c[name] - lost.c[name] for name in counters})
        .add_cte(logged)
    )


_follow_requests = _gone(follow_requests, "requester_id", "member_id")
_friend_requests = _gone(friend_requests, "sender_id", "receiver_id", friend_requests.c.declined_at.is_(None))
_blocker = sa.select(_staged.c.blocker_id).where(
    _staged.c.blocker_id.in_((partnerships.c.inviter_id, partnerships.c.invitee_id)),
    _staged.c.blocked_id.in_((partnerships.c.inviter_id, partnerships.c.invitee_id)),
)
_blocker = _blocker.order_by(_staged.c.created_at).limit(1).correlate(partnerships)
_partnerships = (
    sa.update(partnerships)
    .where(_between(partnerships, "inviter_id", "invitee_id"), partnerships.c.status != "ended")
    .values(status="ended", ended_at=_severed.c.at)
    .returning(
        partnerships.c.id.label("partnership_id"),
        _blocker.scalar_subquery().label("member_id"),
        _severed.c.at,
    )
    .cte("ended")
)

STATEMENTS: tuple[sa.Executable, ...] = (
    _log(FollowRequestWithdrawn, _follow_requests, _of(_follow_requests, "requester_id", "member_id")),
    _log(
        FriendRequestWithdrawn,
        _friend_requests,
        {"request_id": _friend_requests.c.id, **_of(_friend_requests, "sender_id", "receiver_id")},
    ),
    # One that was declined stays, so that asking anew reaches nobody.
    sa.update(friend_requests)
    .where(_between(friend_requests, "sender_id", "receiver_id"), friend_requests.c.withdrawn_at.is_(None))
    .values(withdrawn_at=_severed.c.at),
    sa.delete(notifications).where(
        _between(notifications, "actor_id", "member_id"),
        notifications.c.type.in_(("follow_request", "friend_request")),
    ),
    _log(PartnershipEnded, _partnerships, _of(_partnerships, "member_id", "partnership_id")),
    # Counters in the order of ids, as what is live locks them.
    sa.select(relation_counts.c.member_id)
    .where(relation_counts.c.member_id.in_(sa.select(_severed.c.one)))
    .order_by(relation_counts.c.member_id)
    .with_for_update(),
    _end(
        follows,
        "follower_id",
        "followed_id",
        MemberUnfollowed,
        {"follower_count": "followed_id", "following_count": "follower_id"},
    ),
    _end(friendships, "member_id", "friend_id", FriendshipEnded, {"friend_count": "member_id"}),
)
