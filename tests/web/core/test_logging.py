"""What operators read: one line for each thing that happened, whatever was sent."""

import io
import json
import logging as standard
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
import structlog

from web.core import logging
from web.core.app import App
from web.core.settings import Settings


@pytest.fixture
def written(settings: Settings) -> Iterator[io.StringIO]:
    """What production writes; the tests' own configuration comes back afterwards."""
    structlog.reset_defaults()
    logging.configure(replace(settings, environment="production"))
    (handler,) = standard.getLogger().handlers
    assert isinstance(handler, standard.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    yield stream
    structlog.reset_defaults()
    logging.configure(settings)


def test_input_cannot_add_lines(written: io.StringIO) -> None:
    structlog.get_logger("test").info("request", path='/a\n{"event": "admin_logged_in"}')
    standard.getLogger("library").warning("said %s", "two\nlines")
    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert first["event"] == "request"
    assert first["path"].startswith("/a\n")
    assert second["event"] == "said two\nlines"


def test_each_line_says_when_and_how_grave(written: io.StringIO) -> None:
    structlog.get_logger("test").error("broken")
    line = json.loads(written.getvalue())
    assert line["level"] == "error"
    assert line["timestamp"].endswith("Z")


def test_a_failure_of_the_database_does_not_tell_what_was_said(app: App, written: io.StringIO) -> None:
    failing, said = sa.text("SELECT CAST(:words AS text), 1 / 0"), {"words": "between us"}
    for engine in (app.engines.reads, app.engines.writes):
        with engine.connect() as connection:
            try:
                connection.execute(failing, said)
            except sa.exc.DataError as error:
                structlog.get_logger("test").error("failed", exc_info=error)
    lines = written.getvalue()
    assert lines.count("division by zero") >= 2
    assert "between us" not in lines
