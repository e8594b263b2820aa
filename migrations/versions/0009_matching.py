"""Anonymous matching: reports.

Additive: rows that the code before this wrote are valid, and that code can go on writing.

Revision ID: 0009_matching
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009_matching"
down_revision = "0008_rooms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "match_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("reported_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reporter_id <> reported_id", name=op.f("ck_match_reports_not_oneself")),
        *(
            sa.ForeignKeyConstraint(
                [column],
                ["accounts.id"],
                name=op.f(f"fk_match_reports_{column}_accounts"),
                ondelete="CASCADE",
            )
            for column in ("reporter_id", "reported_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_reports")),
        sa.UniqueConstraint("reporter_id", "match_id", name=op.f("uq_match_reports_reporter_id_match_id")),
    )
    op.create_index(
        op.f("ix_match_reports_reported_id_created_at"), "match_reports", ["reported_id", "created_at"]
    )
    op.create_index(
        op.f("ix_match_reports_created_at_id"),
        "match_reports",
        ["created_at", "id"],
        postgresql_where=sa.text("handled_at IS NULL"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("match_reports")
