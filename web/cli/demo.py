"""`plaza demo`: a synthetic community in an empty database."""

import os
from datetime import UTC, datetime

import click
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from pipelines.demo.community import FEWEST, MOST
from pipelines.demo.fill import DEFAULT_MEMBERS, DEFAULT_PASSWORD, DEFAULT_SEED, NotEmpty, fill
from pipelines.imports.progress import Bars
from web.cli.search import want_missing
from web.core.db import sqlalchemy_url
from web.core.settings import Settings, SettingsError
from web.runtime import environment
from web.runtime.layout import Layout

EPILOG = """\b
Examples:
  plaza demo
  plaza demo --members 15000      about a million events
  plaza demo --as-of 2026-03-01   history that ends on a given day
"""


@click.command(epilog=EPILOG)
@click.option(
    "--members", type=click.IntRange(FEWEST, MOST), default=DEFAULT_MEMBERS, show_default=True,
    help="How many people.",
)  # fmt: skip
@click.option(
    "--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Another one, another community."
)
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
    help="The day (UTC) that ends the history, itself not part of it.  [default: today]",
)  # fmt: skip
def demo(members: int, seed: int, as_of: datetime | None) -> None:
    """Fill an empty database with a synthetic community and the 60 days of its history.

    The same seed and date give the same community. One member has a login, which is printed; its password
    is $PLAZA_DEMO_PASSWORD when that is set.
    """
    today = datetime.now(UTC).date()
    day = as_of.date() if as_of else today
    if day > today:
        raise click.BadParameter("history does not reach into the future", param_hint="--as-of")
    try:
        settings = Settings.load()
        if settings.is_production:
            raise click.ClickException("the demo has a login that everybody knows; it is not for production")
        engine = create_engine(sqlalchemy_url(settings.database_url))
        variables = environment.known(Layout.of(os.environ), os.environ)
        password = variables.get("PLAZA_DEMO_PASSWORD", DEFAULT_PASSWORD)
        with Bars() as progress:
            filled = fill(engine, as_of=day, members=members, seed=seed, password=password, progress=progress)
        want_missing(settings)
    except (SettingsError, NotEmpty) as error:
        raise click.ClickException(str(error)) from error
    except DBAPIError as error:
        raise click.ClickException(f"the database refused: {str(error).splitlines()[0]}") from error
    click.echo(", ".join(f"{count:,} {kind}" for kind, count in filled.counts.items()))
    click.echo(f"Log in as {filled.email} with the password {filled.password}")
