"""How staged relations become rows of Plaza: follows, friendships, blocks. The rest is in ``statements``.

Two members of whom one blocks the other have nothing else between them: a block ends what there is, and
nothing begins while it stands.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from pipelines.imports import stages
from pipelines.imports.kinds import Columns, Kind, accounts, as_staged, events, insert_new, log, table_of
from web.core.events import Event
from web.graph.events import FriendshipBegan, FriendshipEnded, MemberBlocked, MemberFollowed, MemberUnfollowed
from web.graph.models import Block, Follow, Friendship, RelationCount

follows, blocks, friendships = table_of(Follow), table_of(Block), table_of(Friendship)
relation_counts = table_of(RelationCount)


def _without_blocked(stage: sa.Table, one: sa.Column[object], other: sa.Column[object]) -> sa.Delete:
    """Take pairs out of a stage of whom one blocks the other."""
    either_way = sa.union_all(
        sa.select(blocks.c.blocker_id, blocks.c.blocked_id),
        sa.select(blocks.c.blocked_id, blocks.c.blocker_id),
    )
    return sa.delete(stage).where(sa.tuple_(one, other).in_(either_way))


def _count(**by_counter: sa.ColumnElement[object]) -> postgresql.Insert:
    """Add to counters how many staged rows have a member under each column.

    Args:
        by_counter: the staged column that holds whose counter it is.
    """
    sides = sa.union_all(
        *(
            sa.select(
                member.label("member_id"),
                *(sa.literal(int(name == counter)).label(name) for name in by_counter),
            )
            for counter, member in by_counter.items()
        )
    ).subquery("sides")
    return _add(sides, tuple(by_counter))


def _add(sides: sa.FromClause, counters: tuple[str, ...]) -> postgresql.Insert:
    """Add up ``sides`` by member and counter, in the order of ids, as live relations lock their two rows."""
    counted = postgresql.insert(relation_counts).from_select(
        ["member_id", *counters],
        sa.select(sides.c.member_id, *(sa.func.sum(sides.c[name]) for name in counters))
        .group_by(sides.c.member_id)
        .order_by(sides.c.member_id),
    )
    return counted.on_conflict_do_update(
        index_elements=[relation_counts.c.member_id],
        set_={name: relation_counts.c[name] + counted.excluded[name] for name in counters},
    )


# follows -------------------------------------------------------------------------------------------------
staged = stages.follows
FOLLOWS = Kind(
    "follows",
    stages.FollowRow,
    staged,
    _without_blocked(staged, staged.c.follower_id, staged.c.followed_id),
    insert_new(follows, staged, as_staged(staged, "follower_id", "followed_id", "created_at")),
    log(
        MemberFollowed,
        staged,
        {**as_staged(staged, "follower_id", "followed_id"), "agreed": sa.literal(value=False)},
    ),
    _count(follower_count=staged.c.followed_id, following_count=staged.c.follower_id),
)

# friendships ---------------------------------------------------------------------------------------------
staged = stages.friendships
FRIENDSHIPS = Kind(
    "friendships",
    stages.FriendshipRow,
    staged,
    _without_blocked(staged, staged.c.member_id, staged.c.friend_id),
    insert_new(friendships, staged, as_staged(staged, "member_id", "friend_id", "created_at")),
    sa.insert(friendships).from_select(
        ["member_id", "friend_id", "created_at"],
        sa.select(staged.c.friend_id, staged.c.member_id, staged.c.created_at),
    ),
    log(FriendshipBegan, staged, as_staged(staged, "member_id", "friend_id")),
    _count(friend_count=staged.c.member_id),
    _count(friend_count=staged.c.friend_id),
)

# blocks --------------------------------------------------------------------------------------------------
staged = stages.blocks
# Both directions of each pair, at the time of the first block of either.
_both_ways = sa.union_all(
    sa.select(staged.c.blocker_id.label("one"), staged.c.blocked_id.label("other"), staged.c.created_at),
    sa.select(staged.c.blocked_id, staged.c.blocker_id, staged.c.created_at),
).subquery("both_ways")
_severed = (
    sa.select(_both_ways.c.one, _both_ways.c.other, sa.func.min(_both_ways.c.created_at).label("at"))
    .group_by(_both_ways.c.one, _both_ways.c.other)
    .subquery("severed")
)


def _end(table: sa.Table, one: str, other: str, event: type[Event], counters: dict[str, str]) -> sa.Update:
    """End what stands in ``table`` between blocked pairs, with its events, and take it off the counters.

    Args:
        one, other: the two members' columns.
        event: what ending is; its fields are called like the columns.
        counters: the column of the member whose counter it is, by counter.
    """
    ended = (
        sa.delete(table)
        .where(table.c[one] == _severed.c.one, table.c[other] == _severed.c.other)
        .returning(table.c[one], table.c[other], _severed.c.at)
        .cte("ended")
    )
    data: Columns = {one: ended.c[one], other: ended.c[other]}
    is_told_once = sa.true() if table is follows else ended.c[one] < ended.c[other]
    logged = (
        sa.insert(events)
        .from_select(
            ["id", "name", "version", "actor_id", "occurred_at", "local_day", "data"],
            sa.select(
                sa.func.gen_random_uuid(),
                sa.literal(event.name),
                sa.literal(event.version),
                ended.c[one],
                ended.c.at,
                sa.cast(sa.func.timezone(accounts.c.zone, ended.c.at), sa.Date),
                sa.func.jsonb_build_object(*(item for pair in data.items() for item in pair)),
            )
            .join_from(ended, accounts, accounts.c.id == ended.c[one])
            .where(is_told_once),
        )
        .cte("logged")
    )
    losses = sa.union_all(
        *(
            sa.select(
                ended.c[column].label("member_id"),
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


BLOCKS = Kind(
    "blocks",
    stages.BlockRow,
    staged,
    insert_new(blocks, staged, as_staged(staged, "blocker_id", "blocked_id", "created_at")),
    log(MemberBlocked, staged, as_staged(staged, "blocker_id", "blocked_id")),
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
