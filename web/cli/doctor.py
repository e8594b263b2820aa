"""`plaza doctor`: what is wrong, and what to do about it."""

import os
import sys

import click
from rich.console import Console
from rich.markup import escape

from web.runtime import environment
from web.runtime.doctor import examine
from web.runtime.layout import Layout

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command(epilog="Example: plaza doctor && echo all well")
def doctor() -> None:
    """Check database, roles, Valkey, disk, migrations, jobs and the age of the published numbers.

    One line per check, with a remedy where one is needed. Exit code 1 when something failed.
    """
    layout = Layout.of(os.environ)
    console = Console(highlight=False, soft_wrap=True)
    failed = False
    for finding in examine(layout, environment.known(layout, os.environ)):
        failed |= finding.level == "fail"
        colour = COLOURS[finding.level]
        remedy = f" [bold]→ {escape(finding.remedy)}[/]" if finding.remedy else ""
        console.print(f"[{colour}]{finding.level:4}[/] {finding.check:10} {escape(finding.message)}{remedy}")
    if failed:
        sys.exit(1)
