"""`plaza ps`: what runs, and how it is."""

import os
import sys

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from web.runtime.stack import ProgramStatus, Stack


@click.command(epilog="Example: plaza ps")
def ps() -> None:
    """Show every program: state, pid, time since its start, health. Exit code 1 when one is not well."""
    statuses = Stack(os.environ).status()
    Console(highlight=False).print(table(statuses))
    if any(status.problem for status in statuses):
        sys.exit(1)


def table(statuses: list[ProgramStatus]) -> Table:
    """One row per program."""
    result = Table("program", "state", "pid", "up", "health", box=None, pad_edge=False)
    for status in statuses:
        state = status.state
        health = f"[red]{escape(status.problem)}[/]" if status.problem else "[green]ok[/]"
        result.add_row(state.name, state.state.lower(), str(state.pid or "–"), _uptime(state.uptime), health)
    return result


def _uptime(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
