"""Transform: dbt builds the marts from the lake and tests them, in a process of its own.

DuckDB lets one process at a time have the warehouse open, so dbt is gone before the publish opens it. The
file is built anew each night: it never grows.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipelines.nightly.errors import NightError
from pipelines.nightly.plan import NightConfig

# Unit tests check formulas on made-up rows; they belong to the test suite, not to every night.
BUILD = ("build", "--exclude-resource-type", "unit_test")
_GOOD = {"success", "pass", "warn", "no-op", "skipped"}
_SHOWN_FAILURES = 5


class Transform:
    """A dbt that is warming up; :meth:`build` lets it go on."""

    def __init__(self, config: NightConfig, process: "subprocess.Popen[str]") -> None:
        self._config = config
        self._process = process

    @property
    def pid(self) -> int:
        """The process of dbt."""
        return self._process.pid

    def build(self) -> int:
        """Build and test every model from the lake as it is now.

        Returns:
            how many models and tests ran.
        Raises:
            NightError: a model could not be built or a test failed; the message names them.
        """
        warehouse = self._config.warehouse
        for path in (warehouse, warehouse.with_name(f"{warehouse.name}.wal")):
            path.unlink(missing_ok=True)
        results = self._config.scratch / "target" / "run_results.json"
        results.unlink(missing_ok=True)
        output = self._let_go()
        nodes: list[dict[str, Any]] = json.loads(results.read_text())["results"] if results.exists() else []
        if self._process.returncode != 0:
            said = _last_words(output) or "it said nothing"
            raise NightError(_explain(nodes) or f"dbt failed ({self._process.returncode}): {said}")
        return len(nodes)

    def _let_go(self) -> str:
        """Tell dbt to go on, and wait; its input stays open as a sign of life. Returns what it printed."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise NightError("dbt has no pipes")
        with suppress(BrokenPipeError):  # it ended before; what it printed says why
            os.write(stdin.fileno(), b"!")
        output = stdout.read()
        self._process.wait()
        return output


@contextmanager
def transform(config: NightConfig) -> Iterator[Transform]:
    """Start dbt, so that it is ready when the extract is; it ends with the block."""
    for folder in (config.scratch, config.warehouse.parent):
        folder.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        # -P: the folder of the script holds modules of ours, not a path to import from.
        [sys.executable, "-P", str(Path(__file__).with_name("dbt_child.py")), *BUILD],
        env=dbt_environment(config),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Transform(config, process)
        finally:
            if process.poll() is None:
                process.kill()


def dbt_environment(config: NightConfig) -> dict[str, str]:
    """The environment in which dbt runs the project and keeps its files under the state folder."""
    return os.environ | {
        "PLAZA_LAKE": str(config.lake),
        "PLAZA_WAREHOUSE": str(config.warehouse),
        "DBT_PROFILES_DIR": str(config.dbt_project),
        "DBT_PROJECT_DIR": str(config.dbt_project),
        "DBT_TARGET_PATH": str(config.scratch / "target"),
        "DBT_LOG_PATH": str(config.scratch / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
        "DBT_VERSION_CHECK": "0",
    }


def _explain(nodes: list[dict[str, Any]]) -> str:
    """What failed, by name; nodes skipped because of it are left out."""
    failed = [node for node in nodes if node["status"] not in _GOOD]
    lines = [f"{node['unique_id'].split('.')[2]}: {_one_line(node['message'] or '')}" for node in failed]
    if len(lines) > _SHOWN_FAILURES:
        lines = [*lines[:_SHOWN_FAILURES], f"and {len(lines) - _SHOWN_FAILURES} more"]
    return "; ".join(lines)


def _last_words(output: str) -> str:
    return _one_line(" ".join(output.splitlines()[-12:]))


def _one_line(text: str) -> str:
    return " ".join(text.split())
