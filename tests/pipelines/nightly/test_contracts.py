"""The contracts as the publish reads them, and the fixed tables as the records are written."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from pipelines.nightly.contracts import read_contracts
from pipelines.nightly.errors import NightError
from pipelines.nightly.plan import DBT_PROJECT
from pipelines.nightly.tables import METADATA

MART = """
models:
  - name: visits
    config: {{meta: {meta}}}
    columns:
      - {{name: member_key, data_type: string}}
      - {{name: content_id, data_type: string}}
      - {{name: seen_at, data_type: {time_type}}}
"""


def project(folder: Path, *, meta: str = "{grain: [member_key]}", time_type: str = "timestamp") -> Path:
    marts = folder / "models" / "marts" / "topic"
    marts.mkdir(parents=True)
    (marts / "_topic.yml").write_text(MART.format(meta=meta, time_type=time_type))
    return folder


def test_keys_are_served_as_ids_of_members(tmp_path: Path) -> None:
    meta = "{grain: [member_key], served_by: [[seen_at, member_key]]}"
    (mart,) = read_contracts(project(tmp_path, meta=meta))
    assert [(column.name, column.postgres_type, column.is_pseudonym) for column in mart.columns] == [
        ("member_id", "uuid", True),
        ("content_id", "uuid", False),
        ("seen_at", "timestamp with time zone", False),
    ]
    assert (mart.grain, mart.served_by) == (("member_id",), (("seen_at", "member_id"),))


def test_a_mart_without_a_grain_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NightError, match="mart visits states no grain"):
        read_contracts(project(tmp_path, meta="{}"))


def test_a_type_that_cannot_be_published_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NightError, match="column seen_at has type 'interval', which cannot be published"):
        read_contracts(project(tmp_path, time_type="interval"))


def test_the_marts_are_these() -> None:
    assert {mart.name for mart in read_contracts(DBT_PROJECT)} == {
        "activity_streaks",
        "chat_usage",
        "creator_rankings",
        "daily_metrics",
        "trending_posts",
    }


def test_the_tables_of_the_records_are_those_of_the_migration(owner: psycopg.Connection[Any]) -> None:
    for table in METADATA.sorted_tables:
        columns = owner.execute(
            "SELECT column_name, is_nullable = 'YES' FROM information_schema.columns"
            " WHERE table_schema = 'analytics' AND table_name = %s ORDER BY ordinal_position",
            (table.name,),
        ).fetchall()
        assert columns == [(column.name, column.nullable) for column in table.columns]
