"""Fixtures of what leaves Plaza."""

from collections.abc import Iterator

import pytest

from tests.web.notifications.receivers import LocalService, local_service


@pytest.fixture
def service() -> Iterator[LocalService]:
    """A push service on this machine."""
    with local_service() as running:
        yield running
