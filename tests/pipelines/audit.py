"""Counters counted again, and fingerprints of whole tables."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from web.core.db import Base

# Each finds rows whose counter is not what a recount says.
RECOUNTS = {
    "content.like_count": """
        SELECT c.id FROM content c LEFT JOIN likes l ON l.content_id = c.id
        GROUP BY c.id HAVING c.like_count <> count(l.member_id)""",
    "content.comment_count": """
        SELECT c.id FROM content c LEFT JOIN comments m ON m.content_id = c.id
        GROUP BY c.id HAVING c.comment_count <> count(m.id)""",
    "comments.reply_count": """
        SELECT c.id FROM comments c LEFT JOIN comments r ON r.parent_id = c.id
        GROUP BY c.id HAVING c.reply_count <> count(r.id)""",
    "relation_counts": """
        SELECT a.id FROM accounts a LEFT JOIN relation_counts r ON r.member_id = a.id
        WHERE coalesce(r.follower_count, 0) <> (SELECT count(*) FROM follows WHERE followed_id = a.id)
           OR coalesce(r.following_count, 0) <> (SELECT count(*) FROM follows WHERE follower_id = a.id)
           OR coalesce(r.friend_count, 0) <> (SELECT count(*) FROM friendships WHERE member_id = a.id)""",
    "friendships": """
        SELECT f.member_id FROM friendships f WHERE NOT EXISTS (
            SELECT FROM friendships b WHERE b.member_id = f.friend_id AND b.friend_id = f.member_id)""",
    "blocks": """
        SELECT blocker_id FROM blocks
        JOIN (SELECT follower_id AS one, followed_id AS other FROM follows
              UNION SELECT followed_id, follower_id FROM follows
              UNION SELECT member_id, friend_id FROM friendships) related
            ON one = blocker_id AND other = blocked_id""",
    "hashtags.use_count": """
        SELECT h.tag FROM hashtags h LEFT JOIN content_tags t USING (tag)
        GROUP BY h.tag HAVING h.use_count <> count(t.content_id)""",
    "conversations": """
        SELECT c.id FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id
        GROUP BY c.id
        HAVING c.last_seq <> count(m.id) OR c.last_seq <> coalesce(max(m.seq), 0)
            OR c.last_message_at IS DISTINCT FROM max(m.created_at)""",
    "conversation_members": """
        SELECT m.id FROM messages m WHERE NOT EXISTS (
            SELECT FROM conversation_members p
            WHERE p.conversation_id = m.conversation_id AND p.member_id = m.sender_id)""",
    "member_keys": """
        SELECT a.id FROM accounts a WHERE NOT EXISTS (
            SELECT FROM member_keys k WHERE k.member_id = a.id)""",
}


def wrong_counters(engine: sa.Engine) -> dict[str, int]:
    """How many rows of each counter disagree with a recount; empty when all is well."""
    with engine.connect() as connection:
        found = {
            name: len(connection.execute(sa.text(statement)).all()) for name, statement in RECOUNTS.items()
        }
    return {name: count for name, count in found.items() if count}


def fingerprints(engine: sa.Engine, without: Collection[str] = ()) -> dict[str, str]:
    """A hash of every table's rows, whatever their order.

    Args:
        without: columns (``table.column``) that may differ.
    """
    result = {}
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.columns if str(column) not in without]
            row = sa.select(sa.cast(sa.func.row(*columns), sa.Text).label("text")).subquery()
            everything = sa.func.string_agg(row.c.text, aggregate_order_by(sa.literal("\n"), row.c.text))
            result[table.name] = str(connection.scalar(sa.select(sa.func.md5(everything))))
    return result
