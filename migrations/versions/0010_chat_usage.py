"""Statistics of talking: the mart ``chat_usage`` as the first night finds it, empty.

Additive. A night before this one makes the mart by itself (pipelines/nightly/publish), so it may be there.

Revision ID: 0010_chat_usage
"""

from alembic import op

revision = "0010_chat_usage"
down_revision = "0009_matching"
branch_labels = None
depends_on = None

COLUMNS = """
    day date, messages bigint, room_messages bigint, sealed_messages bigint, anonymous_talks bigint,
    anonymous_talk_seconds bigint, anonymous_talk_mean_seconds double precision
"""


def upgrade() -> None:
    """Add the mart and its view, which belong to the role of the night."""
    names = ", ".join(column.split()[0] for column in COLUMNS.split(","))
    op.execute("SET LOCAL ROLE plaza_pipeline")
    op.execute(f"""
        CREATE TABLE IF NOT EXISTS analytics.chat_usage_batches (run_id uuid NOT NULL, {COLUMNS})
        PARTITION BY LIST (run_id)
    """)
    op.execute(f"""
        CREATE OR REPLACE VIEW analytics.chat_usage AS
        SELECT {names} FROM analytics.chat_usage_batches
        WHERE run_id = (SELECT run_id FROM analytics.published WHERE mart = 'chat_usage')
    """)  # noqa: S608 - names from the constant above
    op.execute("GRANT SELECT ON analytics.chat_usage TO plaza_web, plaza_analytics_reader")
    op.execute("RESET ROLE")


def downgrade() -> None:
    """Drop the mart with its batches, and forget that it was published."""
    op.execute("SET LOCAL ROLE plaza_pipeline")
    op.execute("DROP VIEW analytics.chat_usage")
    op.execute("DROP TABLE analytics.chat_usage_batches")
    op.execute("DELETE FROM analytics.published WHERE mart = 'chat_usage'")
    op.execute("RESET ROLE")
