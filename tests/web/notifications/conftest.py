"""Fixtures of what leaves Plaza."""

from collections.abc import Iterator

import pytest

from tests.factories import Person, make_person
from tests.web.notifications.receivers import LocalService, local_service
from web.core.app import App


@pytest.fixture
def service() -> Iterator[LocalService]:
    """A push service on this machine."""
    with local_service() as running:
        yield running


@pytest.fixture
def member(app: App) -> Person:
    """Who is told, in English."""
    return make_person(app, "minji", locale="en")
