"""What tests of imports and of the demo share: an empty database, as role plaza_web."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.conftest import empty_tables
from web.core.db import sqlalchemy_url


@pytest.fixture
def web_engine(environment: dict[str, str], owner_engine: sa.Engine) -> Iterator[sa.Engine]:
    """An engine on this worker's database, with all tables empty."""
    empty_tables(owner_engine)
    engine = sa.create_engine(sqlalchemy_url(environment["PLAZA_DATABASE_URL"]))
    yield engine
    engine.dispose()
