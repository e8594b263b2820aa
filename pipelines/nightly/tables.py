"""The fixed tables of schema ``analytics`` (made by migration 0002), as SQLAlchemy Core sees them."""

import sqlalchemy as sa

from web.core.models import Xid8

METADATA = sa.MetaData(schema="analytics")

RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("run_id", sa.Uuid, primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("from_day", sa.Date),
    sa.Column("to_day", sa.Date),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished_at", sa.DateTime(timezone=True)),
    sa.Column("data_as_of", sa.DateTime(timezone=True)),
    sa.Column("error", sa.Text),
)

RUN_STEPS = sa.Table(
    "run_steps",
    METADATA,
    sa.Column("run_id", sa.Uuid, sa.ForeignKey(RUNS.c.run_id), primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("rows", sa.BigInteger),
    sa.Column("seconds", sa.Double),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished_at", sa.DateTime(timezone=True)),
    sa.Column("error", sa.Text),
)

PUBLISHED = sa.Table(
    "published",
    METADATA,
    sa.Column("mart", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Uuid, sa.ForeignKey(RUNS.c.run_id), nullable=False),
    sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
)

EXTRACT_STATE = sa.Table(
    "extract_state",
    METADATA,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("lake_id", sa.Uuid, nullable=False),
    sa.Column("next_xid", Xid8, nullable=False),
    sa.Column("extracted_at", sa.DateTime(timezone=True), nullable=False),
)
