"""`plaza down`: end everything."""

import os

import click

from web.runtime.stack import Stack


@click.command(epilog="Example: plaza down")
def down() -> None:
    """End every program, the database last. The data stays."""
    click.echo("Plaza is down." if Stack(os.environ, click.echo).down() else "Plaza was not running.")
