"""`plaza nightly`: the night, by hand or from a scheduler."""

from datetime import UTC, date, datetime

import click
from rich.console import Console
from rich.table import Table

from pipelines.nightly import run
from pipelines.nightly.errors import NightError
from pipelines.nightly.night import NightFailed
from pipelines.nightly.plan import DayRange, NightConfig
from pipelines.nightly.runs import NightReport
from web.core.settings import Settings, SettingsError

EPILOG = """\b
Examples:
  plaza nightly                                       everything up to now
  plaza nightly --as-of 2026-03-31                    as things stood when that day ended
  plaza nightly --from 2026-03-01 --to 2026-04-01     read March again from the database
"""

DAY = click.DateTime(["%Y-%m-%d"])


def _as_date(_context: click.Context, _parameter: click.Parameter, value: datetime | None) -> date | None:
    return value.date() if value else None


@click.command(epilog=EPILOG)
@click.option("--as-of", metavar="D", type=DAY, callback=_as_date, help="Last UTC day to count, whole.")
@click.option("--from", "first", metavar="A", type=DAY, callback=_as_date, help="First day to read again.")
@click.option("--to", "end", metavar="B", type=DAY, callback=_as_date, help="The day after the last of them.")
def nightly(as_of: date | None, first: date | None, end: date | None) -> None:
    """Run the night: extract, transform, test, publish.

    Counts everything that happened up to now, today included; with --as-of D, up to the end of day D. (The
    scheduled night runs at 02:00 UTC as of the day before.) New events are found by themselves, however late
    they were written; --from and --to read days again whose files in the lake were lost.

    One night runs at a time. A night that fails or is killed publishes nothing: the numbers of the last good
    one stay, and running it again does what is left.
    """
    if (first is None) != (end is None):
        raise click.UsageError("--from and --to go together")
    console = Console(highlight=False)
    try:
        days = DayRange(first, end) if first and end else None
        config = NightConfig.load(Settings.load())
        with console.status("the night begins") as status:
            report = run(config, as_of=as_of, days=days, on_step=lambda step: status.update(f"{step.name} …"))
    except NightFailed as failure:
        if failure.report.steps:
            console.print(steps_table(failure.report))
        raise click.ClickException(f"nothing was published: {failure}") from failure
    except (NightError, SettingsError) as error:
        raise click.ClickException(str(error)) from error
    console.print(steps_table(report))
    shown = report.data_as_of or datetime.now(UTC)
    console.print(f"Published, with everything up to {shown.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC.")


def steps_table(report: NightReport) -> Table:
    """Every step of a night with its rows and seconds."""
    table = Table("step", "rows", "seconds", "", title=f"Night of {report.as_of} ({report.run_id})")
    for column in table.columns[1:3]:
        column.justify = "right"
    for step in report.steps:
        rows = "–" if step.rows is None else f"{step.rows:,}"
        outcome = "[red]failed[/]" if step.error else "[green]ok[/]"
        table.add_row(step.name, rows, f"{step.seconds:.2f}", outcome)
    total = sum(step.seconds for step in report.steps)
    table.add_section()
    table.add_row("all", "", f"{total:.2f}", "")
    return table
