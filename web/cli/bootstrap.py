"""`plaza bootstrap`: what only a superuser of the database server may make."""

import os

import click
import psycopg

from web.runtime import environment
from web.runtime.bootstrap import ROLE_VARIABLES
from web.runtime.bootstrap import bootstrap as create
from web.runtime.errors import StartupError
from web.runtime.layout import Layout

EPILOG = """\b
Example:
  PLAZA_ADMIN_DATABASE_URL=postgresql://postgres:…@db.example/postgres \\
  PLAZA_OWNER_DATABASE_URL=postgresql://plaza_owner:…@db.example/plaza \\
  PLAZA_DATABASE_URL=postgresql://plaza_web:…@db.example/plaza \\
  PLAZA_PIPELINE_DATABASE_URL=postgresql://plaza_pipeline:…@db.example/plaza \\
  PLAZA_READER_DATABASE_URL=postgresql://plaza_analytics_reader:…@db.example/plaza \\
    plaza bootstrap
"""


@click.command(epilog=EPILOG)
@click.option("--database", default=environment.DATABASE, show_default=True, help="Name of the database.")
def bootstrap(database: str) -> None:
    """Create the database, its four roles and the schema `analytics`, or change the roles' passwords.

    Needs PLAZA_ADMIN_DATABASE_URL, and the four URLs of the roles, whose passwords the roles get. May be run
    again; migrations come after it.
    """
    variables = environment.known(Layout.of(os.environ), os.environ)
    admin_url = variables.get(environment.ADMIN_VARIABLE)
    if not admin_url:
        raise StartupError(f"{environment.ADMIN_VARIABLE} is not set")
    urls = {role: variables.get(variable, "") for role, variable in ROLE_VARIABLES.items()}
    try:
        create(admin_url, database, urls)
    except psycopg.Error as error:
        raise StartupError(f"bootstrap: {str(error).strip().splitlines()[0]}") from error
    click.echo(f"database {database} and roles {', '.join(ROLE_VARIABLES)} are ready")
