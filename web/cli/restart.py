"""`plaza restart`: one program, without the others."""

import os

import click

from web.runtime.stack import Stack


@click.command(epilog="Example: plaza restart web")
@click.argument("name")
def restart(name: str) -> None:
    """Restart the program NAME (see `plaza ps`) and wait until it is healthy."""
    Stack(os.environ, click.echo).restart(name)
