"""Signing up: a ticket, a code by mail, an account."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import PASSWORD, Person
from tests.web.accounts.hashing import WatchedHasher
from tests.web.accounts.mailbox import mails_to, token_in
from tests.web.conftest import Api
from tests.web.together import together
from web.accounts.events import MemberJoined, MemberLoggedIn
from web.accounts.models import Account, Email, MemberKey, SignUp
from web.core.app import App
from web.core.clock import FixedClock
from web.core.events import Event
from web.core.mail import OutboxMailer

WISH = {
    "email": "Hana@Example.com",
    "password": PASSWORD,
    "nickname": "Hana",
    "birth_date": "1999-05-17",
    "zone": "Asia/Tokyo",
    "locale": "ja",
}


@pytest.fixture
def code(app: App, run_jobs: Callable[[], int]) -> Callable[[], str]:
    """Runs the mail job and reads the code in the newest mail."""

    def read() -> str:
        run_jobs()
        assert isinstance(app.mailer, OutboxMailer)
        found = re.search(r"\b\d{6}\b", app.mailer.newest()[0].subject)
        assert found
        return found.group()

    return read


def test_the_code_from_the_mail_makes_an_account_and_signs_in(
    api: Api, code: Callable[[], str], emitted: Callable[..., list[Event]]
) -> None:
    ticket = api.post("/auth/register", WISH, status=202)["ticket"]
    answer = api.post("/auth/verify-email", {"ticket": ticket, "code": code()}, status=200)
    user = answer["user"]
    assert (user["nickname"], user["username"], user["zone"]) == ("Hana", "hana", "Asia/Tokyo")
    assert user["email"] == "Hana@example.com"
    assert user["profile_incomplete"] == []
    me = api.get("/auth/me", headers={"Authorization": f"Bearer {answer['access_token']}"})
    assert me == user
    assert [type(event) for event in emitted(with_accounts=True)] == [MemberJoined, MemberLoggedIn]


def test_before_the_code_there_is_no_account(api: Api, app: App, owner_engine: sa.Engine) -> None:
    api.post("/auth/register", WISH, status=202)
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Account)) == 0
        stored = connection.execute(sa.select(SignUp)).one()
    assert PASSWORD not in str(stored)
    assert stored.password_hash.startswith("$argon2id$")


def test_every_account_has_a_pseudonym_and_a_verified_address(
    app: App, mina: Person, owner_engine: sa.Engine
) -> None:
    with owner_engine.connect() as connection:
        key = connection.scalar(sa.select(MemberKey.member_key).where(MemberKey.member_id == mina.id))
        address = connection.scalar(sa.select(Email.address_key).where(Email.account_id == mina.id))
    assert key is not None
    assert key != mina.id
    assert address == "mina@example.com"


def test_a_known_address_gets_the_same_answer_and_another_mail(
    api: Api, app: App, mina: Person, run_jobs: Callable[[], int]
) -> None:
    new = api.post("/auth/register", WISH, status=202)
    known = api.post("/auth/register", {**WISH, "email": "MINA@example.com"}, status=202)
    assert new.keys() == known.keys()
    run_jobs()
    assert isinstance(app.mailer, OutboxMailer)
    mails = {mail.to: mail for mail in app.mailer.newest()}
    assert re.search(r"\d{6}", mails["Hana@example.com"].subject)
    assert not re.search(r"\d{6}", mails["mina@example.com"].subject + mails["mina@example.com"].text)
    wrong = {"ticket": known["ticket"], "code": "123456"}
    assert api.post("/auth/verify-email", wrong, status=422)["error"]["code"] == "INVALID_CODE"


def test_a_wrong_code_counts_and_the_sixth_try_fails_even_with_the_right_one(
    api: Api, code: Callable[[], str]
) -> None:
    ticket = api.post("/auth/register", WISH, status=202)["ticket"]
    right = code()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        api.post("/auth/verify-email", {"ticket": ticket, "code": wrong}, status=422)
    api.post("/auth/verify-email", {"ticket": ticket, "code": right}, status=422)


def test_a_code_works_once(api: Api, code: Callable[[], str]) -> None:
    ticket = api.post("/auth/register", WISH, status=202)["ticket"]
    verification = {"ticket": ticket, "code": code()}
    api.post("/auth/verify-email", verification, status=200)
    api.post("/auth/verify-email", verification, status=422)


def test_an_old_code_does_not_work(api: Api, code: Callable[[], str], owner_engine: sa.Engine) -> None:
    ticket = api.post("/auth/register", WISH, status=202)["ticket"]
    right = code()
    with owner_engine.begin() as connection:
        connection.execute(sa.update(SignUp).values(expires_at=sa.func.now()))
    api.post("/auth/verify-email", {"ticket": ticket, "code": right}, status=422)


def test_before_its_mail_is_written_no_code_works(api: Api) -> None:
    ticket = api.post("/auth/register", WISH, status=202)["ticket"]
    api.post("/auth/verify-email", {"ticket": ticket, "code": "000000"}, status=422)


def test_two_who_sign_up_with_one_address_get_one_account(api: Api, code: Callable[[], str]) -> None:
    tickets, codes = [], []
    for _ in range(2):
        tickets.append(api.post("/auth/register", WISH, status=202)["ticket"])
        codes.append(code())
    api.post("/auth/verify-email", {"ticket": tickets[0], "code": codes[0]}, status=200)
    error = api.post("/auth/verify-email", {"ticket": tickets[1], "code": codes[1]}, status=409)["error"]
    assert error["code"] == "ACCOUNT_EXISTS"


@pytest.mark.parametrize(
    ("changes", "code_word"),
    [
        ({"birth_date": "2020-01-01"}, "TOO_YOUNG"),
        ({"password": "short"}, "VALIDATION_FAILED"),
        ({"zone": "Mars/Olympus"}, "VALIDATION_FAILED"),
        ({"locale": "tlh"}, "VALIDATION_FAILED"),
        ({"username": "no spaces"}, "VALIDATION_FAILED"),
        ({"password": "password1"}, "WEAK_PASSWORD"),
        ({"password": "hana@example.com"}, "WEAK_PASSWORD"),
        ({"password": "HANA_HANA", "nickname": "hana_hana"}, "WEAK_PASSWORD"),
    ],
)
def test_what_is_wrong_is_said(api: Api, changes: dict[str, Any], code_word: str) -> None:
    assert api.post("/auth/register", {**WISH, **changes}, status=422)["error"]["code"] == code_word


def test_a_taken_username_is_refused_in_any_case(api: Api, mina: Person) -> None:
    error = api.post("/auth/register", {**WISH, "username": "MINA"}, status=409)["error"]
    assert error["code"] == "USERNAME_TAKEN"


def test_a_username_made_of_the_address_steps_aside_for_one_that_is_there(
    api: Api, mina: Person, code: Callable[[], str]
) -> None:
    ticket = api.post("/auth/register", {**WISH, "email": "mina@elsewhere.example"}, status=202)["ticket"]
    user = api.post("/auth/verify-email", {"ticket": ticket, "code": code()}, status=200)["user"]
    assert re.fullmatch(r"mina\d+", user["username"])


def test_the_link_from_the_mail_does_the_same_as_the_code(
    api: Api, app: App, code: Callable[[], str]
) -> None:
    api.post("/auth/register", WISH, status=202)
    code()
    token = token_in(mails_to(app, "Hana@example.com")[0], "code")
    answer = api.post("/auth/verify-email", {"token": token}, status=200)
    assert answer["is_new_user"]
    api.post("/auth/verify-email", {"token": token}, status=422)


@pytest.mark.parametrize("extra", [{}, {"token": "x" * 43}, {"code": "12345"}])
def test_either_ticket_and_code_or_a_token_is_given(api: Api, extra: dict[str, str]) -> None:
    proof = {"ticket": "01a1fdd0-922b-724d-90a2-7acc713f9508"} | (extra and {"code": "123456"} | extra)
    assert api.post("/auth/verify-email", proof, status=422)["error"]["code"] == "VALIDATION_FAILED"


def test_code_and_link_are_stored_hashed(api: Api, app: App, code: Callable[[], str]) -> None:
    api.post("/auth/register", WISH, status=202)
    digits = code()
    token = token_in(mails_to(app, "Hana@example.com")[0], "code")
    with app.engines.reads.connect() as connection:
        stored = str(connection.execute(sa.select(SignUp.code_hash, SignUp.link_hash)).all())
    assert digits not in stored
    assert token not in stored


def test_another_code_comes_after_a_minute_and_the_one_before_is_worth_nothing(
    clock: FixedClock, api: Api, code: Callable[[], str]
) -> None:
    ticket = api.post("/auth/register", WISH, status=202)["ticket"]
    first = code()
    clock.moment += timedelta(seconds=59)
    refused = api.call("POST", "/auth/resend-verification", None, {"ticket": ticket}, status=429)
    assert refused.headers["Retry-After"] == "1"
    clock.moment += timedelta(seconds=1)
    assert api.post("/auth/resend-verification", {"ticket": ticket}, status=202)["ticket"] == ticket
    api.post("/auth/verify-email", {"ticket": ticket, "code": first}, status=422)
    api.post("/auth/verify-email", {"ticket": ticket, "code": code()}, status=200)


def test_a_new_code_has_its_own_five_tries_and_ten_minutes(
    clock: FixedClock, api: Api, code: Callable[[], str]
) -> None:
    ticket = api.post("/auth/register", WISH, status=202)["ticket"]
    wrong = f"{(int(code()) + 1) % 1_000_000:06d}"
    for _ in range(5):
        api.post("/auth/verify-email", {"ticket": ticket, "code": wrong}, status=422)
    clock.moment += timedelta(minutes=9)
    api.post("/auth/resend-verification", {"ticket": ticket}, status=202)
    clock.moment += timedelta(minutes=9)
    api.post("/auth/verify-email", {"ticket": ticket, "code": code()}, status=200)


def test_after_five_codes_there_is_no_sixth(clock: FixedClock, api: Api) -> None:
    ticket = api.post("/auth/register", WISH, status=202)["ticket"]
    for _ in range(4):
        clock.moment += timedelta(minutes=1)
        api.post("/auth/resend-verification", {"ticket": ticket}, status=202)
    clock.moment += timedelta(minutes=2)
    refused = api.call("POST", "/auth/resend-verification", None, {"ticket": ticket}, status=429)
    assert refused.headers["Retry-After"] == str(8 * 60)


def test_a_code_that_comes_too_late_is_not_mailed(
    clock: FixedClock, api: Api, app: App, run_jobs: Callable[[], int]
) -> None:
    api.post("/auth/register", WISH, status=202)
    clock.moment += timedelta(minutes=10)
    run_jobs()
    assert mails_to(app, "Hana@example.com") == []


def test_tries_made_at_the_same_moment_count_each(api: Api, code: Callable[[], str]) -> None:
    ticket = api.post("/auth/register", WISH, status=202)["ticket"]
    right = code()
    wrong = {"ticket": ticket, "code": f"{(int(right) + 1) % 1_000_000:06d}"}
    together([partial(api.call, "POST", "/auth/verify-email", None, wrong)] * 5)
    api.post("/auth/verify-email", {"ticket": ticket, "code": right}, status=422)


@pytest.mark.parametrize("names", [{}, {"username": "hana"}])
def test_of_two_who_verify_one_address_at_the_same_moment_one_gets_an_account(
    api: Api, app: App, code: Callable[[], str], names: dict[str, str]
) -> None:
    proofs = []
    for _ in range(2):
        ticket = api.post("/auth/register", {**WISH, **names}, status=202)["ticket"]
        proofs.append({"ticket": ticket, "code": code()})
    answers = together([partial(api.call, "POST", "/auth/verify-email", None, proof) for proof in proofs])
    assert sorted(answer.status_int for answer in answers) == [200, 409]
    with app.engines.reads.connect() as connection:
        for table in (Account, Email, MemberKey):
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 1


def test_a_code_used_twice_at_the_same_moment_makes_one_account(
    api: Api, app: App, code: Callable[[], str]
) -> None:
    ticket = api.post("/auth/register", WISH, status=202)["ticket"]
    proof = {"ticket": ticket, "code": code()}
    answers = together([partial(api.call, "POST", "/auth/verify-email", None, proof)] * 2)
    assert sorted(answer.status_int for answer in answers) == [200, 422]


def test_no_connection_is_held_while_a_password_is_hashed(
    api: Api, app: App, mina: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = WatchedHasher(app, monkeypatch)
    api.post("/auth/register", WISH, mina, status=202)
    assert (hasher.runs, hasher.held) == (["hash"], [0])


@pytest.mark.parametrize(
    "password", ["only lower case words", "비밀번호는 길수록 좋아요", "4815162342108", "ünï©ødé " * 16]
)
def test_any_kind_of_characters_makes_a_password_also_a_long_one(api: Api, app: App, password: str) -> None:
    assert len(password) <= 128
    api.post("/auth/register", {**WISH, "password": password}, status=202)
