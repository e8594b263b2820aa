"""`plaza import`: history of real communities from files."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine

from pipelines.imports.progress import Bars
from pipelines.imports.run import FORMATS, import_history
from pipelines.imports.source import ImportFailed, Report, Tally
from web.cli.search import want_missing
from web.core.db import sqlalchemy_url
from web.core.settings import Settings, SettingsError

EPILOG = """\b
Examples:
  plaza import collegemsg college_msg.txt.gz
  plaza import ratings-graph bitcoin_otc.csv.gz
  plaza import friend-graph lastfm_asia.csv.gz
  plaza import stackexchange stackexchange/french.meta
  plaza import hackernews hacker_news.csv.gz
"""


@click.command("import", epilog=EPILOG)
@click.argument("format_name", metavar="FORMAT", type=click.Choice(list(FORMATS)))
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--source", help="The community whose people these are: the beginning of their usernames.")
def import_(format_name: str, path: Path, source: str | None) -> None:
    """Import a dataset: all of a file or nothing, and twice is the same as once.

    \b
    FORMAT is one of
      collegemsg     messages: sender recipient unixtime
      ratings-graph  follows and blocks: from,to,rating,unixtime
      friend-graph   friendships: node_1,node_2
      stackexchange  posts, comments, likes and hashtags: the folder of one site
      hackernews     posts and likes: id,title,url,num_points,num_comments,author,created_at

    Imported history makes events for the night, and one job, after which it can be searched. Rows that cannot
    be used are listed, with the reason, under $PLAZA_VAR/rejects.
    """
    try:
        settings = Settings.load()
        engine = create_engine(sqlalchemy_url(settings.database_url))
        with Bars() as progress:
            report = import_history(
                engine, format_name, path, rejects=settings.var / "rejects", source=source, progress=progress
            )
        if not report.already:
            want_missing(settings)
    except (SettingsError, ImportFailed) as error:
        raise click.ClickException(str(error)) from error
    _show(path, report)


def _show(path: Path, report: Report) -> None:
    if report.already:
        click.echo(f"{path.name} was imported on {report.already:%Y-%m-%d %H:%M} UTC; nothing changed.")
        return
    table = Table("", "rows", "written", "there already", "skipped", "rejected", title=path.name)
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, tally in _tallies(report):
        figures = (tally.rows, tally.written, tally.present, tally.skipped, tally.rejected)
        table.add_row(kind, *(f"{figure:,}" for figure in figures))
    Console().print(table)
    for note in report.notes:
        click.echo(f"{note}.")
    if report.rejects_file:
        click.echo(f"Rejected rows and reasons: {report.rejects_file}")


def _tallies(report: Report) -> list[tuple[str, Tally]]:
    return [("people", report.people), *report.tallies.items()]
