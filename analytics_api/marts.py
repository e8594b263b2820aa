"""The relations of schema ``analytics`` that this API reads, by the columns that it names.

The marts are views that show the published run only; the night makes them from the dbt contracts.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)

metadata = MetaData(schema="analytics")
_moment = DateTime(timezone=True)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("as_of", Date),
    Column("status", Text),
    Column("started_at", _moment),
    Column("finished_at", _moment),
    Column("data_as_of", _moment),
)

published = Table(
    "published",
    metadata,
    Column("mart", Text, primary_key=True),
    Column("run_id", Uuid),
    Column("published_at", _moment),
)

revoked_sessions = Table(
    "revoked_sessions",
    metadata,
    Column("session_id", Uuid),
    Column("revoked_at", _moment),
)

daily_metrics = Table(
    "daily_metrics",
    metadata,
    Column("day", Date),
    Column("active_members", BigInteger),
    Column("new_members", BigInteger),
    Column("posts", BigInteger),
    Column("likes", BigInteger),
    Column("comments", BigInteger),
    Column("messages", BigInteger),
    Column("follows", BigInteger),
)

chat_usage = Table(
    "chat_usage",
    metadata,
    Column("day", Date),
    Column("messages", BigInteger),
    Column("room_messages", BigInteger),
    Column("sealed_messages", BigInteger),
    Column("anonymous_talks", BigInteger),
    Column("anonymous_talk_seconds", BigInteger),
    Column("anonymous_talk_mean_seconds", Double),
)

trending_posts = Table(
    "trending_posts",
    metadata,
    Column("window_name", Text),
    Column("rank", Integer),
    Column("content_id", Uuid),
    Column("author_id", Uuid),
    Column("score", Double),
    Column("likers", BigInteger),
    Column("repliers", BigInteger),
    Column("created_at", _moment),
)

creator_rankings = Table(
    "creator_rankings",
    metadata,
    Column("period", Text),
    Column("rank", Integer),
    Column("member_id", Uuid),
    Column("score", BigInteger),
    Column("likes_received", BigInteger),
    Column("comments_received", BigInteger),
    Column("new_followers", BigInteger),
    Column("posts", BigInteger),
)

activity_streaks = Table(
    "activity_streaks",
    metadata,
    Column("member_id", Uuid),
    Column("current_streak", Integer),
    Column("longest_streak", Integer),
    Column("last_active_day", Date),
    Column("active_days", Integer),
)

MARTS = (daily_metrics, chat_usage, trending_posts, creator_rankings, activity_streaks)
