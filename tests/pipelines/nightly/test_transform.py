"""When dbt cannot even begin, the night says what dbt said."""

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.nightly.errors import NightError
from pipelines.nightly.plan import NightConfig
from pipelines.nightly.transform import transform


def test_a_dbt_that_died_is_an_error_and_no_wait(config: NightConfig) -> None:
    with transform(config) as dbt:
        os.kill(dbt.pid, signal.SIGKILL)
        with pytest.raises(NightError, match=r"dbt failed \(-9\): it said nothing"):
            dbt.build()


def test_a_model_that_cannot_be_read_is_named(config: NightConfig, tmp_path: Path) -> None:
    broken = tmp_path / "dbt_project"
    shutil.copytree(config.dbt_project, broken)
    (broken / "models" / "marts" / "daily_metrics.sql").write_text("select {{ unheard_of() }}")
    config = replace(config, dbt_project=broken, scratch=tmp_path / "dbt")
    with transform(config) as dbt, pytest.raises(NightError, match=r"Compilation Error.*unheard_of"):
        dbt.build()


def test_a_night_that_ends_early_leaves_no_dbt_behind(config: NightConfig) -> None:
    with pytest.raises(KeyError), transform(config) as dbt:
        raise KeyError
    with pytest.raises(ProcessLookupError):
        os.kill(dbt.pid, 0)
