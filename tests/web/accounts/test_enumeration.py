"""Who has an account stays unknown: known and unknown addresses get the same answer for the same work."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import PASSWORD, Person
from tests.web.accounts.hashing import WatchedHasher
from tests.web.conftest import Api
from tests.web.statements import sent
from web.accounts.models import Account
from web.accounts.sessions.service import SessionService
from web.core.app import App

KNOWN, UNKNOWN = "mina@example.com", "nobody@example.com"


@dataclass(frozen=True)
class Trace:
    """Everything about a request that could tell.

    Attributes:
        shape: the body with its values replaced by their types; of errors all but request id and time.
        statements: the SQL, in order.
        runs: what Argon2 did, in order.
    """

    status: int
    shape: Any
    headers: frozenset[str]
    statements: tuple[str, ...]
    runs: tuple[str, ...]


def shape_of(value: Any) -> Any:
    """What kind of JSON a value is."""
    if isinstance(value, dict):
        return {name: shape_of(item) for name, item in value.items()}
    return [shape_of(item) for item in value] if isinstance(value, list) else type(value).__name__


Tracer = Callable[..., Trace]


@pytest.fixture
def trace(api: Api, app: App, mina: Person, monkeypatch: pytest.MonkeyPatch) -> Tracer:
    """Makes a request and notes everything that could tell whether mina has an account."""

    def traced(path: str, body: dict[str, Any], who: Person | None = None) -> Trace:
        hasher = WatchedHasher(app, monkeypatch)
        with sent(app) as statements:
            response = api.call("POST", path, who, body)
        answer = response.json if response.body else None
        error = answer.get("error") if answer else None
        return Trace(
            status=response.status_int,
            shape=error or shape_of(answer),
            headers=frozenset(response.headers),
            statements=tuple(statements),
            runs=tuple(hasher.runs),
        )

    return traced


def test_registering(trace: Tracer) -> None:
    wish = {"password": PASSWORD, "nickname": "Hana", "birth_date": "1999-05-17"}
    known, unknown = (trace("/auth/register", {**wish, "email": email}) for email in (KNOWN, UNKNOWN))
    assert known == unknown
    assert known.status == 202
    assert known.runs == ("hash",)
    assert len(known.statements) == 2  # the sign-up and its job


def test_registering_with_a_name_of_ones_own(trace: Tracer) -> None:
    wish = {"password": PASSWORD, "nickname": "Hana", "username": "hana", "birth_date": "1999-05-17"}
    known, unknown = (trace("/auth/register", {**wish, "email": email}) for email in (KNOWN, UNKNOWN))
    assert known == unknown


def test_confirming_with_a_guessed_code(api: Api, trace: Tracer, run_jobs: Callable[[], int]) -> None:
    wish = {"password": PASSWORD, "nickname": "Hana", "birth_date": "1999-05-17"}
    tickets = [
        api.post("/auth/register", {**wish, "email": email}, status=202)["ticket"]
        for email in (KNOWN, UNKNOWN)
    ]
    run_jobs()
    known, unknown = (trace("/auth/verify-email", {"ticket": ticket, "code": "000000"}) for ticket in tickets)
    assert known == unknown


def test_asking_for_another_code(api: Api, trace: Tracer, run_jobs: Callable[[], int]) -> None:
    wish = {"password": PASSWORD, "nickname": "Hana", "birth_date": "1999-05-17"}
    tickets = [
        api.post("/auth/register", {**wish, "email": email}, status=202)["ticket"]
        for email in (KNOWN, UNKNOWN)
    ]
    run_jobs()
    known, unknown = (trace("/auth/resend-verification", {"ticket": ticket}) for ticket in tickets)
    assert known == unknown
    assert known.status == 429


def test_logging_in(trace: Tracer) -> None:
    known, unknown = (
        trace("/auth/login", {"email": email, "password": "a wrong one"}) for email in (KNOWN, UNKNOWN)
    )
    assert known == unknown
    assert (known.status, known.shape["code"]) == (401, "INVALID_CREDENTIALS")
    assert known.runs == ("verify",)
    assert len(known.statements) == 1


@pytest.mark.parametrize(
    "stands",
    [
        {"suspended_until": timedelta(days=1)},
        {"banned_at": timedelta()},
        {"deactivated_at": timedelta()},
        {"deletion_requested_at": timedelta()},
        {"second_factor_since": timedelta()},
        {"password_hash": None},
    ],
    ids=lambda stands: next(iter(stands)),
)
def test_logging_in_with_a_wrong_password_however_the_account_stands(
    trace: Tracer, app: App, mina: Person, owner_engine: sa.Engine, stands: dict[str, timedelta | None]
) -> None:
    values = {
        name: None if distance is None else app.clock.now() + distance for name, distance in stands.items()
    }
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Account).where(Account.id == mina.id).values(values))
    known, unknown = (
        trace("/auth/login", {"email": email, "password": "a wrong one"}) for email in (KNOWN, UNKNOWN)
    )
    assert known == unknown


def test_forgetting_the_password(trace: Tracer) -> None:
    known, unknown = (trace("/auth/forgot-password", {"email": email}) for email in (KNOWN, UNKNOWN))
    assert known == unknown
    assert known.status == 204
    assert known.runs == ()
    assert len(known.statements) == 2  # the wish and its job


def test_wanting_another_address(trace: Tracer, app: App, joon: Person, sora: Person) -> None:
    with app.work() as services:
        for person in (joon, sora):
            services[SessionService].proved(person.session_id)
    known, unknown = (
        trace("/users/me/email", {"email": email}, who) for email, who in ((KNOWN, joon), (UNKNOWN, sora))
    )
    assert known == unknown
    assert known.status == 202
