"""`plaza keys`: rotating and retiring, and what running programs make of it."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
import websocket
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session as DbSession

from tests.eventually import eventually
from tests.factories import Person
from tests.programs import Realtime
from web.accounts.models import Session
from web.accounts.sessions.service import SessionService
from web.cli.main import main
from web.core.app import App
from web.core.key_file import read_keys, rotate
from web.core.tokens import KeyRing
from web.notifications.delivery.vapid import VapidKey

Plaza = Callable[..., Result]


@pytest.fixture
def ring_file(app: App, tmp_path: Path) -> Path:
    """A ring of this test alone."""
    return Path(shutil.copy(app.settings.signing_keys, tmp_path / "keys.json"))


@pytest.fixture
def plaza(environment: dict[str, str], ring_file: Path) -> Plaza:
    """Runs ``plaza keys`` on the ring of this test."""

    def run(*arguments: str) -> Result:
        variables = environment | {"PLAZA_SIGNING_KEYS": str(ring_file)}
        return CliRunner().invoke(main, ["keys", *arguments], env=variables)

    return run


def kids(path: Path) -> list[str]:
    return [key.kid for key in read_keys(path)]


def ago(**duration: float) -> datetime:
    return datetime.now(UTC) - timedelta(**duration)


def test_the_key_of_web_push_is_made_once(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "vapid.pem"
    variables = environment | {"PLAZA_VAPID_KEY": str(path)}
    made = CliRunner().invoke(main, ["keys", "web-push"], env=variables)
    assert made.exit_code == 0, made.output
    key = VapidKey.read(path).public_key
    again = CliRunner().invoke(main, ["keys", "web-push"], env=variables)
    assert (again.exit_code, VapidKey.read(path).public_key) == (1, key)


def test_rotating_puts_a_new_key_first_and_says_when_it_signs(plaza: Plaza, ring_file: Path) -> None:
    (old,) = kids(ring_file)
    result = plaza("rotate")
    assert result.exit_code == 0, result.output
    new, *others = kids(ring_file)
    assert others == [old]
    assert result.output.startswith(f"{new} signs from ")
    listed = plaza("list").output
    assert listed.index(new) < listed.index("about to sign") < listed.index(old) < listed.rindex("signs")


def test_only_keys_that_no_token_depends_on_are_retired(plaza: Plaza, ring_file: Path, app: App) -> None:
    (oldest,) = kids(ring_file)
    lifetime = timedelta(minutes=app.settings.access_token_minutes)
    middle = rotate(ring_file, ago(hours=9))
    newest = rotate(ring_file, datetime.now(UTC) - lifetime)  # took over after the last tokens of the middle
    assert f"{oldest} is retired" in plaza("retire").output
    assert kids(ring_file) == [newest.kid, middle.kid]
    assert "still needed" in plaza("retire").output


def test_a_key_is_kept_while_a_service_token_depends_on_it(plaza: Plaza, ring_file: Path, app: App) -> None:
    (old,) = kids(ring_file)
    with app.work() as services:
        services[SessionService].service_token("wall screen", "dashboard", timedelta(days=365))
        services[DbSession].execute(sa.update(Session).values(created_at=ago(hours=10)))
    new = rotate(ring_file, ago(hours=9))
    assert "still needed" in plaza("retire").output
    assert "tokens of wall screen" in plaza("list").output
    assert kids(ring_file) == [new.kid, old]


def test_a_stolen_key_goes_at_once_when_it_is_named(plaza: Plaza, ring_file: Path) -> None:
    (stolen,) = kids(ring_file)
    refused = plaza("retire", stolen)
    assert (refused.exit_code, kids(ring_file)) == (1, [stolen])
    assert "rotate" in refused.output
    new = rotate(ring_file, ago(minutes=1))
    assert plaza("retire", stolen).exit_code == 0
    assert kids(ring_file) == [new.kid]


def test_a_key_that_there_is_not_is_said(plaza: Plaza) -> None:
    result = plaza("retire", "nobody's")
    assert (result.exit_code, result.output) == (1, "Error: there is no key nobody's\n")


def test_a_ring_that_is_not_there_is_said_in_one_line(plaza: Plaza, ring_file: Path) -> None:
    ring_file.unlink()
    result = plaza("rotate")
    assert result.exit_code == 1
    assert result.output.startswith("Error: PLAZA_SIGNING_KEYS")


def test_the_first_key_is_made_once(plaza: Plaza, ring_file: Path) -> None:
    ring_file.unlink()
    assert plaza("create").exit_code == 0
    (kid,) = kids(ring_file)
    assert kid.startswith("dev-")  # this is not production
    again = plaza("create")
    assert (again.exit_code, kids(ring_file)) == (1, [kid])


def test_production_makes_keys_that_it_may_use(ring_file: Path, environment: dict[str, str]) -> None:
    ring_file.unlink()
    production = {
        "PLAZA_ENV": "production",
        "PLAZA_SIGNING_KEYS": str(ring_file),
        "PLAZA_SMTP_URL": "smtp://localhost",
        "PLAZA_PUBLIC_URL": "https://plaza.example",
    }
    result = CliRunner().invoke(main, ["keys", "create"], env=environment | production)
    assert result.exit_code == 0, result.output
    assert KeyRing.load(ring_file, for_production=True)


def test_a_running_program_follows(
    plaza: Plaza, ring_file: Path, environment: dict[str, str], tmp_path: Path, mina: Person
) -> None:
    program = Realtime(environment | {"PLAZA_SIGNING_KEYS": str(ring_file)}, tmp_path)
    program.start()

    def shown() -> list[str]:
        answer = httpx.get(f"{program.url}/.well-known/jwks.json", trust_env=False)
        return [key["kid"] for key in answer.json()["keys"]]

    try:
        assert plaza("rotate").exit_code == 0
        new, old = kids(ring_file)
        eventually(lambda: shown() == [new, old], 5)
        signed_with_the_old = program.address(token=mina.headers["Authorization"].removeprefix("Bearer "))
        websocket.create_connection(signed_with_the_old, suppress_origin=True).close()
        assert plaza("retire", new).exit_code == 0
        eventually(lambda: shown() == [old], 5)
    finally:
        assert program.stop() == 0, program.log.read_text()
