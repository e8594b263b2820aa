"""What operators read: one line for each thing that happened, whatever was sent."""

import io
import json
import logging as standard
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from web.core import logging
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
