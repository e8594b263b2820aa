"""The `plaza` command as a table of contents."""

import importlib
import os
import sys
import warnings
from typing import Any, NamedTuple

import click

from web.core.settings import SettingsError
from web.runtime.errors import StartupError
from web.runtime.layout import Layout


class Entry(NamedTuple):
    """Where a command lives, and its line in the list of commands."""

    target: str
    summary: str


COMMANDS = {
    "up": Entry("web.cli.up:up", "Start everything, in the foreground or with --detach."),
    "down": Entry("web.cli.down:down", "End everything."),
    "ps": Entry("web.cli.ps:ps", "Show every program and its health."),
    "restart": Entry("web.cli.restart:restart", "Restart one program without the others."),
    "doctor": Entry("web.cli.doctor:doctor", "Look for what is wrong, and say what to do."),
    "bootstrap": Entry("web.cli.bootstrap:bootstrap", "Create the database and its roles, as a superuser."),
    "migrate": Entry("web.cli.migrate:migrate", "Bring the tables to the newest revision."),
    "demo": Entry("web.cli.demo:demo", "Fill the database with a synthetic community."),
    "import": Entry("web.cli.import_:import_", "Import a dataset."),
    "nightly": Entry("web.cli.nightly:nightly", "Run the night: extract, transform, test, publish."),
    "openapi": Entry("web.cli.openapi:openapi", "Print the OpenAPI document of the write side."),
    "user": Entry("web.cli.user:user", "Create accounts; suspend and ban them, and lift that."),
    "audit": Entry("web.cli.audit:audit", "List what administrators did."),
    "token": Entry("web.cli.token:token", "Create service tokens."),
    "translations": Entry(
        "web.cli.translations:translations", "Gather the texts that people read, compile them."
    ),
    "keys": Entry("web.cli.keys:keys", "Make, list, rotate and retire the keys that sign access tokens."),
    "jobs": Entry("web.cli.jobs:jobs", "List deferred work; put dead jobs back."),
    "search": Entry("web.cli.search:search", "Make what search looks in anew."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, attribute = entry.target.split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what its user can put right is said in one line, without a traceback."""
        # What libraries tell their developers while they are imported is not for the users of this command.
        warnings.filterwarnings("ignore", module=r"fastapi\.|pyramid\.")
        try:
            return super().invoke(ctx)
        except (StartupError, SettingsError) as error:
            raise click.ClickException(str(error)) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


EPILOG = """\b
Examples:
  plaza up --detach        start everything, return when it is healthy
  plaza ps                 what runs, and how it is
  plaza restart web        one program, without the others
  plaza doctor             what is wrong, and what to do about it
"""


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plaza")
def main() -> None:
    """Run and look after a Plaza.

    Everything is configured by environment variables (PLAZA_VAR, PLAZA_FRONT_PORT, …); in development the
    ones that `plaza up` made are remembered in $PLAZA_VAR/runtime.json.
    """
    # A relative state folder counts from the project, wherever the command is called.
    os.environ["PLAZA_VAR"] = str(Layout.of(os.environ).var)


if __name__ == "__main__":
    sys.exit(main())
