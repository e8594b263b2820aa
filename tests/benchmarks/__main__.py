"""``make bench``: run the benchmarks, print their ratios, write ``bench.json`` beside the Makefile.

python -m tests.benchmarks [accounts] [feed] [sharing] [night] [sockets]
"""

import importlib
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.report import Report, Value

BENCHMARKS = (
    "accounts",
    "feed",
    "sharing",
    "night",
    "sockets",
)  # modules of this package, each with `run() -> list[Report]`
TARGET = Path(__file__).parents[2] / "bench.json"


def main(names: Sequence[str]) -> None:
    """Run the named benchmarks, or all."""
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        sys.exit(f"unknown benchmark: {', '.join(sorted(unknown))} (there are {', '.join(BENCHMARKS)})")
    reports: list[Report] = []
    for name in names or BENCHMARKS:
        reports += importlib.import_module(f"tests.benchmarks.{name}").run()
    console = Console()
    for report in reports:
        show(console, report)
    TARGET.write_text(json.dumps({"machine": machine(), "reports": [asdict(r) for r in reports]}, indent=2))
    console.print(f"written to {TARGET.name}")


def show(console: Console, report: Report) -> None:
    """Print one report: its ratios as a table, then the figures behind them."""
    table = Table(title=report.name, title_justify="left")
    table.add_column("ratio")
    table.add_column("value", justify="right")
    for label, ratio in report.ratios.items():
        table.add_row(label, "missing" if ratio is None else f"{ratio:.2f}")
    console.print(table)
    for title, values in (("figures", report.figures), ("conditions", report.conditions)):
        console.print(f"{title}: " + ", ".join(f"{name} {shown(value)}" for name, value in values.items()))
    for note in report.notes:
        console.print(f"note: {note}")
    console.print()


def shown(value: Value) -> str:
    """A value with as many digits as mean something."""
    if value is None or isinstance(value, str):
        return str(value)
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def machine() -> dict[str, str | int | None]:
    """On what this was measured."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
