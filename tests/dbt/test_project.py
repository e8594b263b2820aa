"""The dbt project: parses without a warning, every mart is documented and tested, the formulas hold."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.nightly.contracts import read_contracts
from pipelines.nightly.extract import extract
from pipelines.nightly.plan import DBT_PROJECT, NightConfig
from pipelines.nightly.runs import RunLog, the_only_night
from pipelines.nightly.transform import dbt_environment

MARTS = DBT_PROJECT / "models" / "marts"
MODELS = {model["name"]: model for model in yaml.safe_load((MARTS / "_marts.yml").read_text())["models"]}
UNIT_TESTS = yaml.safe_load((MARTS / "_marts_unit_tests.yml").read_text())["unit_tests"]


@pytest.fixture
def config(fresh_database: dict[str, str], tmp_path: Path) -> NightConfig:
    """A night over an empty community, whose extract has run."""
    config = NightConfig(
        fresh_database["PLAZA_PIPELINE_DATABASE_URL"],
        tmp_path / "lake",
        tmp_path / "warehouse.duckdb",
        tmp_path / "dbt",
    )
    with the_only_night(config.database_url) as connection:
        log = RunLog(
            connection, as_of=date(2026, 1, 1), days=None, redact=config.redact, on_step=lambda _: None
        )
        extract(config, log, as_of=None, days=None)
    return config


def dbt(config: NightConfig, *arguments: str) -> None:
    """Run a dbt command, which has to succeed."""
    finished = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *arguments],
        env=dbt_environment(config),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout


def test_it_parses_without_a_warning_and_the_formulas_hold(config: NightConfig) -> None:
    dbt(config, "--warn-error", "parse")
    # Everything on no data at all, and the unit tests on theirs.
    dbt(config, "build")


def test_its_documentation_is_one_page(config: NightConfig) -> None:
    dbt(config, "docs", "generate", "--static")
    page = (config.scratch / "target" / "static_index.html").read_text()
    assert "distinct repliers, the author excluded" in page


@pytest.mark.parametrize("name", sorted(path.stem for path in MARTS.glob("*.sql")))
def test_every_mart_is_described_owned_and_tested(name: str) -> None:
    model = MODELS[name]
    meta: dict[str, Any] = model["config"]["meta"]
    assert "Grain:" in model["description"]
    assert meta["owner"]
    assert meta["grain"]
    assert {"unique_grain": {"arguments": {"columns": meta["grain"]}}} in model["data_tests"]
    assert all(column["description"] and column["data_type"] for column in model["columns"])
    assert any(name == test["model"] for test in UNIT_TESTS)
    assert list((DBT_PROJECT / "tests").glob(f"{name}_account*_for_every_*.sql"))


def test_the_contracts_are_those_that_the_publish_reads() -> None:
    assert {mart.name for mart in read_contracts(DBT_PROJECT)} == set(MODELS)


def test_every_definition_is_used() -> None:
    text = (DBT_PROJECT / "models" / "metrics.md").read_text()
    defined = {line.split()[2] for line in text.splitlines() if line.startswith("{% docs ")}
    used = "".join(path.read_text() for path in (DBT_PROJECT / "models").rglob("*.yml"))
    assert [name for name in defined if f'doc("{name}")' not in used] == []
