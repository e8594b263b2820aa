"""`plaza up`: start everything."""

import os
import signal
import time
from collections.abc import Mapping
from types import FrameType

import click
from rich.console import Console
from rich.table import Table

from web.runtime.errors import StartupError
from web.runtime.stack import DEMO_EMAIL, Stack

EPILOG = """\b
Examples:
  plaza up                          until Ctrl-C
  plaza up --detach                 in the background; end it with `plaza down`
  plaza up --detach --no-demo       with an empty database
  PLAZA_VAR=~/plaza-two PLAZA_FRONT_PORT=9080 PLAZA_WEB_PORT=9000 PLAZA_ANALYTICS_PORT=9001 \\
    PLAZA_REALTIME_PORT=9002 plaza up      a second copy beside the first
"""


@click.command(epilog=EPILOG)
@click.option("-d", "--detach", is_flag=True, help="Return when everything is healthy, and leave it running.")
@click.option("--no-demo", is_flag=True, help="Leave an empty database empty.")
@click.option("--no-nightly", is_flag=True, help="Do not run the night, even if there was none yet.")
def up(detach: bool, no_demo: bool, no_nightly: bool) -> None:
    """Start everything, and wait until it is healthy.

    Makes and starts the embedded PostgreSQL and Valkey, creates the roles, migrates, fills an empty database
    with the demo community, runs the first night, then starts every program under a supervisor.
    """
    console = Console(highlight=False, soft_wrap=True)
    stack = Stack(os.environ, lambda line: console.print(f"[green]·[/] {line}"))
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    began = time.monotonic()
    try:
        variables = stack.up(demo=not no_demo, nightly=not no_nightly)
        console.print(summary(variables, stack))
        console.print(f"Plaza is up ({time.monotonic() - began:.0f} s).", end=" ")
        if detach:
            console.print("End it with: plaza down")
            return
        console.print("End it with Ctrl-C.")
        _watch(stack, console)
    except KeyboardInterrupt:
        console.print("\nending every program …")
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them behind
        stack.down()
        console.print("Plaza is down.")


def summary(variables: Mapping[str, str], stack: Stack) -> Table:
    """Where to go now."""
    public = variables["PLAZA_PUBLIC_URL"]
    analytics = variables.get("PLAZA_ANALYTICS_URL") or public
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("App", public)
    table.add_row("API", f"{public}/api/v1/docs")
    table.add_row("Analytics API", f"{analytics}/api/v1/analytics/docs")
    table.add_row("Dev mailbox", f"{public}/dev/mailbox")
    if stack.has_demo(variables):
        table.add_row("Demo login", f"{DEMO_EMAIL} / {variables['PLAZA_DEMO_PASSWORD']}")
    table.add_row("Logs", str(stack.layout.log))
    return table


def _watch(stack: Stack, console: Console) -> None:
    """Say when a program was restarted; returns when the supervisor was ended from elsewhere."""
    pids: dict[str, int] = {}
    while True:
        try:
            states = stack.supervisor.states()
        except StartupError:
            console.print("Plaza was ended from elsewhere.")
            return
        for state in states:
            if state.pid and pids.setdefault(state.name, state.pid) != state.pid:
                pids[state.name] = state.pid
                console.print(f"[yellow]·[/] {state.name} was restarted (pid {state.pid})")
        time.sleep(1)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
