"""Which statements the app sends to the database."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import sqlalchemy as sa

from web.core.app import App


def of_reads(statements: list[str]) -> list[str]:
    """Without those that look a session up, which happens every other second."""
    return [each for each in statements if not each.startswith("SELECT sessions.")]


@contextmanager
def sent(app: App) -> Iterator[list[str]]:
    """The statements that ``app`` sends inside the block, on either pool and in any thread."""
    statements: list[str] = []

    def note(connection: sa.Connection, cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    with ExitStack() as cleanup:
        for engine in (app.engines.reads, app.engines.writes):
            sa.event.listen(engine, "before_cursor_execute", note)
            cleanup.callback(sa.event.remove, engine, "before_cursor_execute", note)
        yield statements
