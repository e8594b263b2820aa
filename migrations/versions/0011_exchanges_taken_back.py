"""Requests for sealed messages that were declined and taken back: kept, so that asking anew reaches nobody.

Additive: the code before this leaves the column empty, and deletes such a request.

Revision ID: 0011_exchanges_taken_back
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_exchanges_taken_back"
down_revision = "0010_chat_usage"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("key_exchanges", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Drop it; what was taken back is gone then, as the code before this has it."""
    op.execute("DELETE FROM key_exchanges WHERE withdrawn_at IS NOT NULL")
    op.drop_column("key_exchanges", "withdrawn_at")
