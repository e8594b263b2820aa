"""The contracts of the marts, read from the dbt project: what the publish makes tables of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipelines.nightly.errors import NightError

_POSTGRES_TYPES = {
    "bigint": "bigint",
    "date": "date",
    "double": "double precision",
    "integer": "integer",
    "string": "text",
    "timestamp": "timestamp with time zone",
}


@dataclass(frozen=True)
class Column:
    """One column of a mart.

    Attributes:
        source: its name in the warehouse.
        name: its name as served: pseudonyms ``…_key`` are served as ids ``…_id``.
        postgres_type: its type as served, as PostgreSQL's ``format_type`` writes it.
    """

    source: str
    name: str
    postgres_type: str

    @property
    def is_pseudonym(self) -> bool:
        """Whether the publish turns it back into the id of a member."""
        return self.source.endswith("_key")


@dataclass(frozen=True)
class Mart:
    """One mart.

    Attributes:
        grain: the columns, as served, of which every row has another combination.
        served_by: lists of columns, as served, by which readers look rows up besides the grain.
    """

    name: str
    columns: tuple[Column, ...]
    grain: tuple[str, ...]
    served_by: tuple[tuple[str, ...], ...]


def read_contracts(dbt_project: Path) -> list[Mart]:
    """The marts of a dbt project, in the order of its files.

    Raises:
        NightError: a mart has no grain, or a column a type that cannot be published.
    """
    files = sorted((dbt_project / "models" / "marts").rglob("*.yml"))
    return [_mart(model) for path in files for model in yaml.safe_load(path.read_text()).get("models", [])]


def _mart(model: dict[str, Any]) -> Mart:
    meta = model.get("config", {}).get("meta", {})
    if not meta.get("grain"):
        raise NightError(f"mart {model['name']} states no grain")
    return Mart(
        name=model["name"],
        columns=tuple(_column(model["name"], column) for column in model["columns"]),
        grain=tuple(map(_served_name, meta["grain"])),
        served_by=tuple(tuple(map(_served_name, columns)) for columns in meta.get("served_by", [])),
    )


def _column(mart: str, column: dict[str, Any]) -> Column:
    name, declared = column["name"], column.get("data_type")
    if declared not in _POSTGRES_TYPES:
        raise NightError(f"mart {mart}: column {name} has type {declared!r}, which cannot be published")
    served = _served_name(name)
    return Column(name, served, "uuid" if served.endswith("_id") else _POSTGRES_TYPES[declared])


def _served_name(column: str) -> str:
    return column.removesuffix("_key") + "_id" if column.endswith("_key") else column
