"""`plaza restart`: one program, without the others; of several, one after the other."""

import os

import click

from web.runtime.stack import Stack


@click.command(epilog="Example: plaza restart web web-2")
@click.argument("names", nargs=-1, required=True)
def restart(names: tuple[str, ...]) -> None:
    """Restart the programs NAMES (see `plaza ps`), each when the one before is healthy again."""
    stack = Stack(os.environ, click.echo)
    for name in names:
        stack.restart(name)
