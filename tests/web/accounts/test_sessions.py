"""Signing in, renewing, signing out."""

from typing import Any

import argon2
import pytest
import sqlalchemy as sa

from tests.factories import PASSWORD, Person
from tests.web.conftest import Api
from web.accounts.models import RefreshToken, Session
from web.core import passwords

LOGIN = {"email": "mina@example.com", "password": PASSWORD}


def test_address_and_password_sign_in_in_any_case_of_the_address(api: Api, mina: Person) -> None:
    answer = api.post("/auth/login", {**LOGIN, "email": "Mina@EXAMPLE.com"}, status=200)
    assert answer["user"]["id"] == str(mina.id)
    assert answer["expires_in"] == 3600


@pytest.mark.parametrize("wrong", [{"password": "wrong password"}, {"email": "nobody@example.com"}])
def test_a_wrong_password_and_an_unknown_address_get_one_answer_for_the_same_work(
    api: Api, mina: Person, wrong: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(self: argon2.PasswordHasher, stored: str, password: str) -> Any:
        checks.append(stored)
        return verify(self, stored, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    error = api.post("/auth/login", {**LOGIN, **wrong}, status=401)["error"]
    assert (error["code"], len(checks)) == ("INVALID_CREDENTIALS", 1)


def test_a_password_check_holds_no_database_connection(
    api: Api, mina: Person, monkeypatch: pytest.MonkeyPatch, app: Any
) -> None:
    held: list[int] = []
    verify = passwords._verify

    def looking(stored: str, password: str) -> bool:
        held.append(app.engines.reads.pool.checkedout() + app.engines.writes.pool.checkedout())
        return verify(stored, password)

    monkeypatch.setattr(passwords, "_verify", looking)
    api.post("/auth/login", LOGIN, status=200)
    assert held == [0]


def test_a_refresh_token_gives_a_new_pair_once(api: Api, mina: Person) -> None:
    first = api.post("/auth/login", LOGIN, status=200)
    second = api.post("/auth/refresh", {"refresh_token": first["refresh_token"]}, status=200)
    assert second["refresh_token"] != first["refresh_token"]
    api.get("/auth/me", headers={"Authorization": f"Bearer {second['access_token']}"})


def test_a_used_refresh_token_ends_the_whole_session(api: Api, mina: Person) -> None:
    first = api.post("/auth/login", LOGIN, status=200)
    second = api.post("/auth/refresh", {"refresh_token": first["refresh_token"]}, status=200)
    api.post("/auth/refresh", {"refresh_token": first["refresh_token"]}, status=401)
    api.post("/auth/refresh", {"refresh_token": second["refresh_token"]}, status=401)
    api.get("/auth/me", status=401, headers={"Authorization": f"Bearer {second['access_token']}"})


def test_an_expired_or_unknown_refresh_token_is_refused_and_ends_nothing(
    api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    answer = api.post("/auth/login", LOGIN, status=200)
    api.post("/auth/refresh", {"refresh_token": "unknown"}, status=401)
    with owner_engine.begin() as connection:
        connection.execute(sa.update(RefreshToken).values(expires_at=sa.func.now()))
    api.post("/auth/refresh", {"refresh_token": answer["refresh_token"]}, status=401)
    api.get("/auth/me", headers={"Authorization": f"Bearer {answer['access_token']}"})


def test_tokens_are_stored_hashed(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    answer = api.post("/auth/login", LOGIN, status=200)
    with owner_engine.connect() as connection:
        stored = str(connection.execute(sa.select(RefreshToken)).all())
    assert answer["refresh_token"] not in stored


def test_signing_out_ends_this_session_and_no_other(api: Api, mina: Person, owner_engine: sa.Engine) -> None:
    answer = api.post("/auth/login", LOGIN, status=200)
    api.post("/auth/logout", None, mina, status=204)
    api.get("/auth/me", mina, status=401)
    api.get("/auth/me", headers={"Authorization": f"Bearer {answer['access_token']}"})
    with owner_engine.connect() as connection:
        revoked = connection.scalars(sa.select(Session.id).where(Session.revoked_at.is_not(None))).all()
    assert revoked == [mina.session_id]


def test_the_hash_that_is_checked_for_nobody_costs_as_much_as_a_real_one() -> None:
    costs = argon2.extract_parameters(passwords._NOBODY)
    assert costs == argon2.extract_parameters(passwords.hash_password(PASSWORD))
