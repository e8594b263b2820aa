"""How staged relations become rows of Plaza: follows, friendships, blocks. The rest is in ``statements``.

Two members of whom one blocks the other have nothing else between them: a block ends what there is, and
nothing begins while it stands.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from pipelines.imports import severing, stages
from pipelines.imports.kinds import Kind, as_staged, insert_new, log, table_of
from web.graph.events import FriendshipBegan, MemberBlocked, MemberFollowed
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
BLOCKS = Kind(
    "blocks",
    stages.BlockRow,
    staged,
    insert_new(blocks, staged, as_staged(staged, "blocker_id", "blocked_id", "created_at")),
    log(MemberBlocked, staged, as_staged(staged, "blocker_id", "blocked_id")),
    *severing.STATEMENTS,
)
