"""Changing, adding and removing the address of an account."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from tests.factories import PASSWORD, Person
from tests.web.accounts.mailbox import code_in, mails_to, token_in
from tests.web.conftest import Api
from tests.web.together import together
from web.accounts.models import Email, EmailChange, Phone, SecurityEvent
from web.accounts.sessions.directory import SessionCache
from web.accounts.sessions.service import SessionService
from web.core.app import App
from web.core.clock import FixedClock

NEW = "New@Example.com"
KEPT = "New@example.com"  # a domain has no case


@pytest.fixture
def me(app: App, mina: Person) -> Person:
    """Mina, who just proved who she is."""
    with app.work() as services:
        services[SessionService].proved(mina.session_id)
    return mina


def add_phone(app: App, person: Person) -> None:
    with app.work() as services:
        phone = Phone(account_id=person.id, number="+821012345678", verified_at=app.clock.now())
        services[DbSession].add(phone)


@pytest.fixture
def asked(api: Api, app: App, me: Person, run_jobs: Callable[[], int]) -> dict[str, str]:
    """Mina has asked for another address: the ticket, the code and the token."""
    ticket = api.post("/users/me/email", {"email": NEW}, me, status=202)["ticket"]
    run_jobs()
    mail = mails_to(app, KEPT)[0]
    return {"ticket": ticket, "code": code_in(mail), "token": token_in(mail, "confirm-email")}


def by_code(asked: dict[str, str]) -> dict[str, str]:
    return {"ticket": asked["ticket"], "code": asked["code"]}


def address_of(api: Api, person: Person) -> Any:
    return api.get("/auth/me", person)["email"]


@pytest.mark.parametrize("parts", [("ticket", "code"), ("token",)])
def test_the_new_address_counts_once_it_is_proved(
    api: Api, me: Person, asked: dict[str, str], parts: tuple[str, ...]
) -> None:
    assert address_of(api, me) == "mina@example.com"
    api.post("/auth/login", {"email": NEW, "password": PASSWORD}, status=401)
    api.post("/users/me/email/verify", {part: asked[part] for part in parts}, me, status=204)
    assert address_of(api, me) == KEPT
    api.post("/auth/login", {"email": NEW, "password": PASSWORD}, status=200)
    api.post("/auth/login", {"email": "mina@example.com", "password": PASSWORD}, status=401)


def test_the_old_address_is_told(
    api: Api, app: App, me: Person, asked: dict[str, str], run_jobs: Callable[[], int]
) -> None:
    api.post("/users/me/email/verify", by_code(asked), me, status=204)
    run_jobs()
    (told,) = mails_to(app, "mina@example.com")
    assert "mina" in told.text
    assert "New@" not in told.text
    with app.engines.reads.connect() as connection:
        event = connection.execute(sa.select(SecurityEvent.kind, SecurityEvent.former_address)).one()
    assert tuple(event) == ("email_changed", "mina@example.com")


def test_another_spelling_of_the_same_address_tells_nobody(
    api: Api, app: App, me: Person, run_jobs: Callable[[], int]
) -> None:
    ticket = api.post("/users/me/email", {"email": "MINA@example.com"}, me, status=202)["ticket"]
    run_jobs()
    code = code_in(mails_to(app, "MINA@example.com")[0])
    api.post("/users/me/email/verify", {"ticket": ticket, "code": code}, me, status=204)
    run_jobs()
    assert address_of(api, me) == "MINA@example.com"
    assert mails_to(app, "mina@example.com") == []


def test_asking_needs_a_recent_proof(api: Api, mina: Person) -> None:
    error = api.post("/users/me/email", {"email": NEW}, mina, status=403)["error"]
    assert error["code"] == "REAUTHENTICATION_REQUIRED"


def test_an_address_that_somebody_has_gets_the_same_answer_and_another_mail(
    api: Api, app: App, me: Person, joon: Person, run_jobs: Callable[[], int], asked: dict[str, str]
) -> None:
    with app.work() as services:
        services[SessionService].proved(joon.session_id)
    answer = api.post("/users/me/email", {"email": "Mina@example.com"}, joon, status=202)
    assert answer.keys() == {"ticket", "expires_at"}
    run_jobs()
    assert mails_to(app, "Mina@example.com") == []
    (told,) = mails_to(app, "mina@example.com")  # spelled as its owner does
    assert "http" not in told.text
    wrong = {"ticket": answer["ticket"], "code": "000000"}
    api.post("/users/me/email/verify", wrong, joon, status=422)


def test_the_code_may_be_tried_five_times(api: Api, me: Person, asked: dict[str, str]) -> None:
    wrong = {**by_code(asked), "code": f"{(int(asked['code']) + 1) % 1_000_000:06d}"}
    for _ in range(5):
        assert api.post("/users/me/email/verify", wrong, me, status=422)["error"]["code"] == "INVALID_CODE"
    api.post("/users/me/email/verify", by_code(asked), me, status=422)


def test_tries_made_at_the_same_moment_count_each(api: Api, app: App, me: Person, asked: Any) -> None:
    wrong = {**by_code(asked), "code": f"{(int(asked['code']) + 1) % 1_000_000:06d}"}
    app.value(SessionCache).clear()
    together([partial(api.call, "POST", "/users/me/email/verify", me, wrong)] * 5)
    api.post("/users/me/email/verify", by_code(asked), me, status=422)


def test_code_and_link_are_good_for_ten_minutes(
    clock: FixedClock, api: Api, me: Person, asked: dict[str, str]
) -> None:
    clock.moment += timedelta(minutes=10)
    api.post("/users/me/email/verify", by_code(asked), me, status=422)
    api.post("/users/me/email/verify", {"token": asked["token"]}, me, status=422)


def test_another_code_comes_after_a_minute_and_makes_the_first_worthless(
    clock: FixedClock, api: Api, app: App, me: Person, asked: dict[str, str], run_jobs: Callable[[], int]
) -> None:
    clock.moment += timedelta(seconds=59)
    refused = api.call("POST", "/users/me/email/resend", me, status=429)
    assert refused.headers["Retry-After"] == "1"
    again = api.call("POST", "/users/me/email", me, {"email": "third@example.com"}, status=429)
    assert again.headers["Retry-After"] == "1"
    clock.moment += timedelta(seconds=1)
    answer = api.post("/users/me/email/resend", None, me, status=202)
    assert answer["ticket"] == asked["ticket"]
    api.post("/users/me/email/verify", {"token": asked["token"]}, me, status=422)
    run_jobs()
    token = token_in(mails_to(app, KEPT)[0], "confirm-email")
    api.post("/users/me/email/verify", {"token": token}, me, status=204)


def test_without_a_wish_there_is_no_code_to_send_again(api: Api, me: Person) -> None:
    api.post("/users/me/email/resend", None, me, status=404)


def test_before_its_mail_is_written_no_code_works(api: Api, me: Person) -> None:
    ticket = api.post("/users/me/email", {"email": NEW}, me, status=202)["ticket"]
    api.post("/users/me/email/verify", {"ticket": ticket, "code": "000000"}, me, status=422)


def test_a_later_wish_replaces_an_earlier_one(
    clock: FixedClock, api: Api, app: App, me: Person, asked: dict[str, str], run_jobs: Callable[[], int]
) -> None:
    clock.moment += timedelta(seconds=60)
    ticket = api.post("/users/me/email", {"email": "third@example.com"}, me, status=202)["ticket"]
    run_jobs()
    api.post("/users/me/email/verify", by_code(asked), me, status=422)
    code = code_in(mails_to(app, "third@example.com")[0])
    api.post("/users/me/email/verify", {"ticket": ticket, "code": code}, me, status=204)


def test_nobody_confirms_for_somebody_else(api: Api, me: Person, joon: Person, asked: dict[str, str]) -> None:
    api.post("/users/me/email/verify", {"token": asked["token"]}, joon, status=422)
    api.post("/users/me/email/verify", {"token": asked["token"]}, me, status=204)


def test_of_two_who_prove_one_address_at_the_same_moment_one_gets_it(
    api: Api, app: App, me: Person, joon: Person, asked: dict[str, str], run_jobs: Callable[[], int]
) -> None:
    with app.work() as services:
        services[SessionService].proved(joon.session_id)
    ticket = api.post("/users/me/email", {"email": "NEW@example.com"}, joon, status=202)["ticket"]
    run_jobs()
    theirs = {"ticket": ticket, "code": code_in(mails_to(app, "NEW@example.com")[0])}
    confirm = partial(api.call, "POST", "/users/me/email/verify")
    answers = together([partial(confirm, me, by_code(asked)), partial(confirm, joon, theirs)])
    assert sorted(answer.status_int for answer in answers) == [204, 409]
    with app.engines.reads.connect() as connection:
        holders = sa.select(sa.func.count()).where(Email.address_key == "new@example.com")
        assert connection.scalar(holders) == 1


def test_a_code_used_twice_at_the_same_moment_changes_the_address_once(
    api: Api, app: App, me: Person, asked: dict[str, str]
) -> None:
    confirm = partial(api.call, "POST", "/users/me/email/verify", me)
    answers = together([partial(confirm, by_code(asked)), partial(confirm, {"token": asked["token"]})])
    assert sorted(answer.status_int for answer in answers) == [204, 422]
    with app.engines.reads.connect() as connection:
        assert len(connection.execute(sa.select(SecurityEvent.id)).all()) == 1


def test_a_link_that_set_a_password_is_worthless_once_its_address_is_gone(
    api: Api, app: App, me: Person, asked: dict[str, str], run_jobs: Callable[[], int]
) -> None:
    api.post("/auth/forgot-password", {"email": "mina@example.com"}, status=204)
    run_jobs()
    token = token_in(mails_to(app, "mina@example.com")[0], "reset")
    api.post("/users/me/email/verify", by_code(asked), me, status=204)
    api.post("/auth/reset-password", {"token": token, "password": "another good one"}, status=422)


class TestRemoving:
    """DELETE /users/me/email."""

    def test_the_only_way_in_stays(self, api: Api, me: Person) -> None:
        error = api.delete("/users/me/email", me, status=409)["error"]
        assert error["code"] == "LAST_WAY_IN"

    def test_with_another_way_in_it_goes_and_is_told(
        self, api: Api, app: App, me: Person, run_jobs: Callable[[], int]
    ) -> None:
        add_phone(app, me)
        api.delete("/users/me/email", me)
        assert address_of(api, me) is None
        run_jobs()
        assert len(mails_to(app, "mina@example.com")) == 1
        api.delete("/users/me/email", me, status=404)

    def test_it_needs_a_recent_proof(self, api: Api, app: App, mina: Person) -> None:
        add_phone(app, mina)
        api.delete("/users/me/email", mina, status=403)

    def test_an_account_without_an_address_gets_one(
        self, api: Api, app: App, me: Person, run_jobs: Callable[[], int]
    ) -> None:
        add_phone(app, me)
        api.delete("/users/me/email", me)
        ticket = api.post("/users/me/email", {"email": NEW}, me, status=202)["ticket"]
        run_jobs()
        code = code_in(mails_to(app, KEPT)[0])
        api.post("/users/me/email/verify", {"ticket": ticket, "code": code}, me, status=204)
        assert address_of(api, me) == KEPT


def test_codes_and_tokens_are_stored_hashed(app: App, asked: dict[str, str]) -> None:
    with app.engines.reads.connect() as connection:
        stored = str(connection.execute(sa.select(EmailChange.code_hash, EmailChange.link_hash)).all())
    assert asked["code"] not in stored
    assert asked["token"] not in stored
