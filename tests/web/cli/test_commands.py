"""Commands that an operator types."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from tests.factories import PASSWORD
from tests.web.conftest import Api
from web.accounts.models import Account
from web.cli.main import COMMANDS, main
from web.core.app import App
from web.core.tokens import KeyRing

USER = ["user", "create", "--email", "ops@example.com", "--nickname", "Ops"]


@pytest.fixture
def plaza(environment: dict[str, str], app: App, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs ``plaza`` with this worker's settings."""

    def run(*arguments: str, answers: str = "") -> Result:
        return CliRunner().invoke(main, arguments, env=environment, input=answers)

    return run


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself(plaza: Callable[..., Result], name: str) -> None:
    result = plaza(name, "--help")
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output


def test_an_account_is_made_and_can_sign_in(plaza: Callable[..., Result], api: Api) -> None:
    result = plaza(*USER, "--password", PASSWORD, "--admin")
    assert result.exit_code == 0, result.output
    user = api.post("/auth/login", {"email": "ops@example.com", "password": PASSWORD}, status=200)["user"]
    assert user["id"] == result.output.splitlines()[-1]
    assert user["is_admin"] is True


def test_a_password_is_asked_for_when_it_is_not_given(
    plaza: Callable[..., Result], owner_engine: sa.Engine
) -> None:
    result = plaza(*USER, answers=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Account)) == 1


@pytest.mark.parametrize("wrong", [["--password", "short"], ["--password", PASSWORD, "--username", "a b"]])
def test_what_is_wrong_is_said_in_one_line(plaza: Callable[..., Result], wrong: list[str]) -> None:
    result = plaza(*USER, *wrong)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert len(result.output.splitlines()) == 1


def test_an_address_that_is_taken_is_refused(plaza: Callable[..., Result]) -> None:
    plaza(*USER, "--password", PASSWORD)
    result = plaza(*USER, "--password", PASSWORD)
    assert result.exit_code == 1
    assert "already" in result.output


def test_a_service_token_stands_alone_on_the_last_line(plaza: Callable[..., Result], app: App) -> None:
    result = plaza("token", "create", "--scope", "dashboard", "--name", "phone")
    claims = app.value(KeyRing).verify(result.output.splitlines()[-1])
    assert claims.scope == {"dashboard"}
    assert claims.subject == "service:phone"


def test_the_document_is_printed_as_json(plaza: Callable[..., Result]) -> None:
    document: dict[str, Any] = json.loads(plaza("openapi").output)
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/auth/login" in document["paths"]
