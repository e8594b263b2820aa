"""`plaza migrate`: bring the tables to the newest revision."""

import os

import click
from sqlalchemy.exc import OperationalError

from migrations import commands
from web.runtime import environment
from web.runtime.bootstrap import OWNER, ROLE_VARIABLES
from web.runtime.errors import StartupError
from web.runtime.layout import Layout


@click.command(epilog="Example: plaza migrate")
@click.option("--revision", default="head", show_default=True, help="The revision to go up to.")
def migrate(revision: str) -> None:
    """Bring the tables to the newest revision, as role plaza_owner. Run again, it changes nothing."""
    url = environment.known(Layout.of(os.environ), os.environ).get(ROLE_VARIABLES[OWNER])
    if not url:
        raise StartupError(f"{ROLE_VARIABLES[OWNER]} is not set (is Plaza up?)")
    try:
        commands.upgrade(url, revision)
    except OperationalError as error:
        raise StartupError(f"the database: {str(error.orig).strip().splitlines()[0]}") from error
    click.echo(f"the database is at {revision}")
