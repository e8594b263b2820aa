"""Changing, forgetting and proving a password."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import PASSWORD, Person
from tests.web.accounts.hashing import WatchedHasher
from tests.web.accounts.mailbox import mails_to, token_in
from tests.web.conftest import Api
from tests.web.together import together
from web.accounts.models import Account, FormerPassword, PasswordReset, SecurityEvent, Session
from web.accounts.sessions.directory import SessionCache
from web.accounts.sessions.service import PROOF_LASTS, SessionService
from web.core.app import App
from web.core.clock import FixedClock
from web.core.models import Job

NEW = "another good one"
CHANGE = {"current_password": PASSWORD, "new_password": NEW}


def log_in(api: Api, password: str, status: int = 200) -> Any:
    login = {"email": "mina@example.com", "password": password}
    return api.post("/auth/login", login, status=status)


def bearer_of(tokens: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def kinds(owner_engine: sa.Engine) -> list[str]:
    with owner_engine.connect() as connection:
        return list(connection.scalars(sa.select(SecurityEvent.kind).order_by(SecurityEvent.occurred_at)))


def without_password(owner_engine: sa.Engine, person: Person) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Account).where(Account.id == person.id).values(password_hash=None))


@pytest.fixture
def mailed_token(api: Api, app: App, run_jobs: Callable[[], int]) -> Callable[[], str]:
    """Asks for a reset of mina's password and reads the token in the mail."""

    def ask() -> str:
        api.post("/auth/forgot-password", {"email": "MINA@example.com"}, status=204)
        run_jobs()
        return token_in(mails_to(app, "mina@example.com")[0], "reset")

    return ask


class TestChanging:
    """PUT /users/me/password."""

    def test_the_new_one_logs_in_and_the_old_one_does_not(self, api: Api, mina: Person) -> None:
        api.put("/users/me/password", mina, json=CHANGE, status=204)
        log_in(api, PASSWORD, status=401)
        log_in(api, NEW)

    def test_all_other_sessions_end(self, api: Api, mina: Person, owner_engine: sa.Engine) -> None:
        other = log_in(api, PASSWORD)
        api.put("/users/me/password", mina, json=CHANGE, status=204)
        api.get("/auth/me", headers=bearer_of(other), status=401)
        api.post("/auth/refresh", {"refresh_token": other["refresh_token"]}, status=401)
        api.get("/auth/me", mina)
        assert kinds(owner_engine)[-1] == "password_changed"

    @pytest.mark.parametrize("given", [{"current_password": "a wrong one"}, {}])
    def test_the_current_one_is_needed(self, api: Api, mina: Person, given: dict[str, str]) -> None:
        error = api.put("/users/me/password", mina, json={"new_password": NEW, **given}, status=422)["error"]
        assert error["code"] == "WRONG_PASSWORD"
        log_in(api, PASSWORD)

    def test_a_first_one_needs_a_recent_proof(
        self,
        api: Api,
        app: App,
        mina: Person,
        owner_engine: sa.Engine,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        without_password(owner_engine, mina)
        wish = {"new_password": NEW}
        error = api.put("/users/me/password", mina, json=wish, status=403)["error"]
        assert error["code"] == "REAUTHENTICATION_REQUIRED"
        with app.work() as services:
            services[SessionService].proved(mina.session_id)
        hasher = WatchedHasher(app, monkeypatch)
        api.put("/users/me/password", mina, json=wish, status=204)
        assert (hasher.runs, hasher.held) == (["hash"], [0])
        log_in(api, NEW)

    @pytest.mark.parametrize(
        ("new", "why"), [("password1", "common"), ("mina@example.com", "same_as_name"), ("short", None)]
    )
    def test_weak_ones_are_refused(self, api: Api, mina: Person, new: str, why: str | None) -> None:
        wish = {"current_password": PASSWORD, "new_password": new}
        error = api.put("/users/me/password", mina, json=wish, status=422)["error"]
        assert error["code"] == ("WEAK_PASSWORD" if why else "VALIDATION_FAILED")
        assert error["details"].get("why") == why

    def test_the_last_five_may_not_come_back_and_an_older_one_may(
        self, api: Api, mina: Person, owner_engine: sa.Engine
    ) -> None:
        used = [PASSWORD, *(f"good password {number}" for number in range(1, 6))]
        for current, new in pairwise(used):
            wish = {"current_password": current, "new_password": new}
            api.put("/users/me/password", mina, json=wish, status=204)
        for former in (used[1], used[-1]):
            wish = {"current_password": used[-1], "new_password": former}
            error = api.put("/users/me/password", mina, json=wish, status=422)["error"]
            assert error["code"] == "PASSWORD_REUSED"
        wish = {"current_password": used[-1], "new_password": PASSWORD}
        api.put("/users/me/password", mina, json=wish, status=204)
        with owner_engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(FormerPassword)) == 5

    def test_of_two_changes_at_the_same_moment_one_wins(
        self, api: Api, mina: Person, owner_engine: sa.Engine
    ) -> None:
        news = ["the first good one", "the second good one"]
        wishes = [{"current_password": PASSWORD, "new_password": new} for new in news]
        change = partial(api.call, "PUT", "/users/me/password", mina)
        answers = together([partial(change, wish) for wish in wishes])
        assert sorted(answer.status_int for answer in answers) == [204, 422]
        winner = [answer.status_int for answer in answers].index(204)
        log_in(api, news[winner])
        log_in(api, news[1 - winner], status=401)

    def test_no_connection_is_held_while_argon2_works(
        self, api: Api, app: App, mina: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hasher = WatchedHasher(app, monkeypatch)
        app.value(SessionCache).clear()  # so that the request has to look its session up
        api.put("/users/me/password", mina, json=CHANGE, status=204)
        assert hasher.runs == ["verify", "verify", "hash"]  # the current one, as a former one, the new one
        assert hasher.held == [0, 0, 0]


class TestForgetting:
    """POST /auth/forgot-password and /auth/reset-password."""

    def test_the_mailed_link_sets_a_password(
        self, api: Api, mina: Person, mailed_token: Callable[[], str], owner_engine: sa.Engine
    ) -> None:
        token = mailed_token()
        api.post("/auth/reset-password", {"token": token, "password": NEW}, status=204)
        log_in(api, PASSWORD, status=401)
        log_in(api, NEW)
        assert "password_reset" in kinds(owner_engine)

    def test_all_sessions_end(self, api: Api, mina: Person, mailed_token: Callable[[], str]) -> None:
        tokens = log_in(api, PASSWORD)
        api.post("/auth/reset-password", {"token": mailed_token(), "password": NEW}, status=204)
        api.get("/auth/me", mina, status=401)
        api.get("/auth/me", headers=bearer_of(tokens), status=401)
        api.post("/auth/refresh", {"refresh_token": tokens["refresh_token"]}, status=401)

    def test_the_link_works_once(self, api: Api, mina: Person, mailed_token: Callable[[], str]) -> None:
        token = mailed_token()
        api.post("/auth/reset-password", {"token": token, "password": NEW}, status=204)
        wish = {"token": token, "password": "a third good one"}
        assert api.post("/auth/reset-password", wish, status=422)["error"]["code"] == "INVALID_LINK"
        log_in(api, NEW)

    def test_of_two_who_use_one_link_at_the_same_moment_one_wins(
        self, api: Api, mina: Person, mailed_token: Callable[[], str]
    ) -> None:
        token, news = mailed_token(), ["the first good one", "the second good one"]
        use = partial(api.call, "POST", "/auth/reset-password", None)
        answers = together([partial(use, {"token": token, "password": new}) for new in news])
        statuses = [answer.status_int for answer in answers]
        assert sorted(statuses) == [204, 422]
        log_in(api, news[statuses.index(204)])
        log_in(api, news[statuses.index(422)], status=401)

    def test_of_two_links_used_at_the_same_moment_one_wins(
        self, api: Api, mina: Person, mailed_token: Callable[[], str]
    ) -> None:
        tokens = [mailed_token(), mailed_token()]
        use = partial(api.call, "POST", "/auth/reset-password", None)
        wishes = [{"token": token, "password": f"good one {n}"} for n, token in enumerate(tokens)]
        answers = together([partial(use, wish) for wish in wishes])
        assert sorted(answer.status_int for answer in answers) == [204, 422]

    def test_the_link_is_good_for_an_hour(
        self, api: Api, mina: Person, clock: FixedClock, mailed_token: Callable[[], str]
    ) -> None:
        token = mailed_token()
        clock.moment += timedelta(hours=1)
        api.post("/auth/reset-password", {"token": token, "password": NEW}, status=422)

    def test_a_weak_or_former_password_leaves_the_link_usable(
        self, api: Api, mina: Person, mailed_token: Callable[[], str]
    ) -> None:
        token = mailed_token()
        for password, code in (("password1", "WEAK_PASSWORD"), (PASSWORD, "PASSWORD_REUSED")):
            wish = {"token": token, "password": password}
            assert api.post("/auth/reset-password", wish, status=422)["error"]["code"] == code
        api.post("/auth/reset-password", {"token": token, "password": NEW}, status=204)

    def test_a_changed_password_makes_links_worthless(
        self, api: Api, mina: Person, mailed_token: Callable[[], str]
    ) -> None:
        token = mailed_token()
        api.put("/users/me/password", mina, json=CHANGE, status=204)
        api.post("/auth/reset-password", {"token": token, "password": "a third good one"}, status=422)

    def test_a_mail_that_comes_twice_has_one_link_that_works(
        self, api: Api, app: App, mina: Person, mailed_token: Callable[[], str], run_jobs: Callable[[], int]
    ) -> None:
        first = mailed_token()
        with app.work() as services, app.engines.reads.connect() as connection:
            reset_id = connection.scalars(sa.select(PasswordReset.id)).one()
            app.jobs["accounts.mail_password_reset"].body(services, reset_id=str(reset_id))
        second = token_in(mails_to(app, "mina@example.com")[0], "reset")
        api.post("/auth/reset-password", {"token": first, "password": NEW}, status=422)
        api.post("/auth/reset-password", {"token": second, "password": NEW}, status=204)

    def test_an_account_without_a_password_gets_one(
        self, api: Api, mina: Person, mailed_token: Callable[[], str], owner_engine: sa.Engine
    ) -> None:
        without_password(owner_engine, mina)
        api.post("/auth/reset-password", {"token": mailed_token(), "password": NEW}, status=204)
        log_in(api, NEW)

    def test_an_unknown_address_gets_no_mail_and_its_link_no_account(
        self, api: Api, app: App, run_jobs: Callable[[], int], owner_engine: sa.Engine
    ) -> None:
        api.post("/auth/forgot-password", {"email": "nobody@example.com"}, status=204)
        run_jobs()
        assert mails_to(app, "nobody@example.com") == []
        with owner_engine.connect() as connection:
            assert connection.execute(sa.select(PasswordReset.token_hash)).all() == [(None,)]
            assert connection.execute(sa.select(Job.id)).all() == []

    def test_tokens_are_stored_hashed(self, mina: Person, mailed_token: Callable[[], str], app: App) -> None:
        token = mailed_token()
        with app.engines.reads.connect() as connection:
            assert token not in str(connection.execute(sa.select(PasswordReset)).all())


class TestProving:
    """POST /auth/reauthenticate with a password."""

    def test_the_password_counts_as_a_recent_proof(
        self, api: Api, app: App, mina: Person, clock: FixedClock
    ) -> None:
        wish = {"email": "new@example.com"}
        api.post("/users/me/email", wish, mina, status=403)
        api.post("/auth/reauthenticate", {"password": PASSWORD}, mina, status=204)
        api.post("/users/me/email", wish, mina, status=202)
        clock.moment += PROOF_LASTS
        api.post("/users/me/email", wish, mina, status=403)

    def test_a_wrong_one_proves_nothing(self, api: Api, mina: Person, owner_engine: sa.Engine) -> None:
        error = api.post("/auth/reauthenticate", {"password": "a wrong one"}, mina, status=422)["error"]
        assert error["code"] == "WRONG_PASSWORD"
        with owner_engine.connect() as connection:
            assert connection.scalars(sa.select(Session.proved_at)).all() == [None]

    def test_an_account_without_a_password_proves_nothing_with_one(
        self, api: Api, mina: Person, owner_engine: sa.Engine
    ) -> None:
        without_password(owner_engine, mina)
        api.post("/auth/reauthenticate", {"password": PASSWORD}, mina, status=422)

    def test_a_proof_is_never_replayed(self, api: Api, mina: Person, owner_engine: sa.Engine) -> None:
        key = {"Idempotency-Key": "once"}
        for _ in range(2):
            answer = api.call("POST", "/auth/reauthenticate", mina, {"password": PASSWORD}, 204, key)
            assert "Idempotency-Replayed" not in answer.headers

    @pytest.mark.parametrize("body", [{}, {"password": PASSWORD, "code": "123456"}, {"password": "x" * 129}])
    def test_one_proof_is_given(self, api: Api, mina: Person, body: dict[str, str]) -> None:
        assert (
            api.post("/auth/reauthenticate", body, mina, status=422)["error"]["code"] == "VALIDATION_FAILED"
        )
