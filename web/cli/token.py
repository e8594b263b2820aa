"""`plaza token`: tokens for programs."""

from datetime import timedelta

import click

from web.accounts.sessions.service import SessionService
from web.core.settings import Settings
from web.features import build_app


@click.group()
def token() -> None:
    """Create service tokens."""


EXAMPLE = 'Example: curl -H "Authorization: Bearer $(plaza token create --scope dashboard | tail -1)" …'


@token.command(epilog=EXAMPLE)
@click.option("--scope", type=click.Choice(["dashboard"]), required=True, help="What it may be used for.")
@click.option("--name", default="dashboard", show_default=True, help="Who uses it; kept with its session.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="Its lifetime.")
def create(scope: str, name: str, days: int) -> None:
    """Print a service token, alone on the last line, so that scripts can take it with `tail -1`."""
    app = build_app(Settings.load())
    try:
        with app.work() as services:
            made = services[SessionService].service_token(name, scope, timedelta(days=days))
    finally:
        app.close()
    click.echo(f"A token of scope {scope} for {name}, good for {days} days:")
    click.echo(made)
