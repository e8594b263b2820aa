"""Schema analytics: the record of the nights, and the marts as the first night finds them.

A mart is a LIST-partitioned table of batches, one partition per run, behind a view that shows the batch named
in `published`. Both belong to the role of the night, which attaches and drops batches and adds columns as the
contracts grow (pipelines/nightly/publish). What is here only lets readers start before the first night.
"""

from alembic import op

revision = "0002_analytics"
down_revision = "0001_foundation"
branch_labels = None
depends_on = None

MARTS = {
    "daily_metrics": """
        day date, active_members bigint, active_members_7d bigint, active_members_30d bigint,
        new_members bigint, posts bigint, likes bigint, comments bigint, messages bigint, follows bigint
    """,
    "trending_posts": """
        window_name text, rank integer, content_id uuid, author_id uuid, score double precision,
        likers bigint, repliers bigint, created_at timestamptz
    """,
    "creator_rankings": """
        period text, rank integer, member_id uuid, score bigint, likes_received bigint,
        comments_received bigint, new_followers bigint, posts bigint
    """,
    "activity_streaks": """
        member_id uuid, current_streak integer, longest_streak integer, last_active_day date,
        active_days integer
    """,
}


def upgrade() -> None:
    """Make the fixed tables, the empty marts, and the view by which tokens are known to be revoked."""
    op.execute("GRANT USAGE ON SCHEMA analytics TO plaza_analytics_reader")
    op.execute("GRANT USAGE, CREATE ON SCHEMA analytics TO plaza_pipeline")
    op.execute("""
        CREATE VIEW analytics.revoked_sessions AS
        SELECT id AS session_id, revoked_at
        FROM public.sessions
        WHERE revoked_at IS NOT NULL
          AND (revoked_at > now() - interval '2 hours' OR (client = 'cli' AND expires_at > now()))
    """)
    op.execute("GRANT SELECT ON analytics.revoked_sessions TO plaza_web, plaza_analytics_reader")

    # Only the owner of a table may attach partitions to it. Bootstrap made plaza_owner a member of this role.
    op.execute("SET LOCAL ROLE plaza_pipeline")
    op.execute("""
        CREATE TABLE analytics.runs (
            run_id uuid PRIMARY KEY,
            as_of date NOT NULL,
            from_day date,
            to_day date,
            status text NOT NULL,
            started_at timestamptz NOT NULL,
            finished_at timestamptz,
            data_as_of timestamptz,
            error text,
            CONSTRAINT ck_runs_status CHECK (status IN ('running', 'published', 'failed'))
        )
    """)
    op.execute("CREATE INDEX ix_runs_finished_at ON analytics.runs (finished_at)")
    op.execute("""
        CREATE TABLE analytics.run_steps (
            run_id uuid REFERENCES analytics.runs ON DELETE CASCADE,
            step text,
            status text NOT NULL,
            rows bigint,
            seconds double precision,
            started_at timestamptz NOT NULL,
            finished_at timestamptz,
            error text,
            PRIMARY KEY (run_id, step),
            CONSTRAINT ck_run_steps_status CHECK (status IN ('running', 'done', 'failed'))
        )
    """)
    op.execute("""
        CREATE TABLE analytics.published (
            mart text PRIMARY KEY,
            run_id uuid NOT NULL REFERENCES analytics.runs,
            published_at timestamptz NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE analytics.extract_state (
            source text PRIMARY KEY,
            origin text NOT NULL,
            lake_id uuid NOT NULL,
            next_xid xid8 NOT NULL,
            extracted_at timestamptz NOT NULL
        )
    """)
    op.execute("GRANT SELECT ON analytics.runs, analytics.published TO plaza_web, plaza_analytics_reader")
    op.execute("GRANT SELECT ON analytics.run_steps, analytics.extract_state TO plaza_web")
    for mart, columns in MARTS.items():
        op.execute(f"""
            CREATE TABLE analytics.{mart}_batches (run_id uuid NOT NULL, {columns})
            PARTITION BY LIST (run_id)
        """)
        names = ", ".join(column.split()[0] for column in columns.split(","))
        op.execute(f"""
            CREATE VIEW analytics.{mart} AS
            SELECT {names} FROM analytics.{mart}_batches
            WHERE run_id = (SELECT run_id FROM analytics.published WHERE mart = '{mart}')
        """)  # noqa: S608 - names from the constant above
        op.execute(f"GRANT SELECT ON analytics.{mart} TO plaza_web, plaza_analytics_reader")
    op.execute("RESET ROLE")


def downgrade() -> None:
    """Empty the schema, whatever the nights have added to it; the schema itself is bootstrap's."""
    op.execute("""
        DO $$
        DECLARE
            thing record;
        BEGIN
            FOR thing IN
                SELECT oid::regclass AS name, relkind FROM pg_class
                WHERE relnamespace = 'analytics'::regnamespace AND relkind IN ('v', 'r', 'p')
                  AND NOT relispartition
                ORDER BY relkind = 'v' DESC
            LOOP
                EXECUTE format('DROP %s IF EXISTS %s CASCADE',
                               CASE thing.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, thing.name);
            END LOOP;
        END $$
    """)
    op.execute("REVOKE ALL ON SCHEMA analytics FROM plaza_analytics_reader, plaza_pipeline")
