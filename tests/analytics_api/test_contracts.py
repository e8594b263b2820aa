"""What is served is what the dbt contracts promise: same columns, same types."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import NoneType
from typing import Any, get_args
from uuid import UUID

import pytest
import sqlalchemy as sa
import yaml

from analytics_api import marts
from analytics_api.schemas.chat_usage import ChatUsageRow
from analytics_api.schemas.common import MartRow
from analytics_api.schemas.daily_users import DailyUsersRow
from analytics_api.schemas.rankings import CreatorRank, Period
from analytics_api.schemas.streaks import Streak
from analytics_api.schemas.trending_posts import TrendingPost, Window

CONTRACTS = Path(__file__).parents[2] / "dbt_project" / "models" / "marts"

# Which model shows a row of which mart.
ROWS: dict[str, type[MartRow]] = {
    "daily_metrics": DailyUsersRow,
    "chat_usage": ChatUsageRow,
    "trending_posts": TrendingPost,
    "creator_rankings": CreatorRank,
    "activity_streaks": Streak,
}
# What an answer as a whole says once instead of in every row.
OF_THE_ANSWER: dict[str, dict[str, type]] = {
    "trending_posts": {"window_name": Window},
    "creator_rankings": {"period": Period},
}
# Columns of the mart that no route shows.
NOT_SERVED = {"daily_metrics": {"active_members_7d", "active_members_30d"}}

PYTHON_TYPES: dict[str, type] = {
    "date": date,
    "bigint": int,
    "integer": int,
    "double": float,
    "timestamp": datetime,
    "string": str,
}


def contracts() -> Iterator[tuple[str, dict[str, type]]]:
    """Marts by name with their columns as published: keys of members as their ids, ids as UUIDs."""
    for file in sorted(CONTRACTS.rglob("*.yml")):
        for model in yaml.safe_load(file.read_text()).get("models", []):
            columns = {}
            for column in model["columns"]:
                name = column["name"]
                if name.endswith("_key"):
                    name = name.removesuffix("_key") + "_id"
                columns[name] = UUID if name.endswith("_id") else PYTHON_TYPES[column["data_type"]]
            yield model["name"], columns


PROMISED = dict(contracts())


def served_type(annotation: Any) -> type:
    """The type of a field, without null and without validators."""
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType] or [annotation]
    assert isinstance(kinds[0], type)
    return kinds[0]


@pytest.mark.parametrize("mart", ROWS)
def test_a_row_shows_what_the_contract_promises(mart: str) -> None:
    row = ROWS[mart]
    promised = {
        name: kind
        for name, kind in PROMISED[mart].items()
        if name not in OF_THE_ANSWER.get(mart, {}) and name not in NOT_SERVED.get(mart, set())
    }
    assert {name: served_type(field.annotation) for name, field in row.model_fields.items()} == promised


@pytest.mark.parametrize("mart", OF_THE_ANSWER)
def test_what_the_answer_says_once_is_in_the_contract(mart: str) -> None:
    for name, kind in OF_THE_ANSWER[mart].items():
        assert issubclass(kind, PROMISED[mart][name])


def test_what_is_not_served_exists() -> None:
    for mart, names in NOT_SERVED.items():
        assert names <= PROMISED[mart].keys()


@pytest.mark.parametrize("table", marts.MARTS, ids=str)
def test_the_tables_that_are_read_are_those_of_the_contract(table: sa.Table) -> None:
    promised = PROMISED[table.name]
    assert {column.name: column.type.python_type for column in table.columns} == {
        name: kind for name, kind in promised.items() if name not in NOT_SERVED.get(table.name, set())
    }


def test_every_mart_is_served() -> None:
    assert set(PROMISED) == set(ROWS) == {table.name for table in marts.MARTS}
