"""The index of search, looked after by hand."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from tests.factories import Person, make_post
from tests.web.conftest import Api
from web.cli.main import main
from web.core.app import App
from web.search.models import SearchDocument


@pytest.fixture
def plaza(environment: dict[str, str], app: App) -> Callable[..., Result]:
    """Runs ``plaza`` with this worker's settings."""
    return lambda *arguments: CliRunner().invoke(main, arguments, env=environment)


@pytest.mark.parametrize("options", [(), ("--missing",)])
def test_a_lost_index_is_made_anew(
    plaza: Callable[..., Result],
    app: App,
    api: Api,
    mina: Person,
    owner_engine: sa.Engine,
    options: tuple[str, ...],
) -> None:
    make_post(app, mina, "서울에서")
    with owner_engine.begin() as connection:
        connection.execute(sa.delete(SearchDocument))
    result = plaza("search", "rebuild", *options)
    assert result.exit_code == 0, result.output
    assert [found["post"]["body"] for found in api.get(f"/search?q={quote('서울')}")["posts"]["items"]] == [
        "서울에서"
    ]
    assert [found["username"] for found in api.get("/search?q=mina")["users"]["items"]] == ["mina"]
