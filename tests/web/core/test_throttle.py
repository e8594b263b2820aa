"""Attempts are counted by what they aim at, pauses grow, and without Valkey nobody may guess."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import webtest
from prometheus_client import REGISTRY

from tests.factories import PASSWORD, Person
from tests.web.accounts.mailbox import mails_to, token_in
from tests.web.together import together
from web.core.app import App
from web.core.errors import RateLimited, Unavailable
from web.core.settings import Limits, Settings
from web.core.signalling import Valkey
from web.core.throttle import Attempt, Kind, Throttle
from web.features import build_app
from web.main import make_wsgi_app

RIGHT = {"email": "mina@example.com", "password": PASSWORD}
WRONG = {**RIGHT, "password": "a wrong one"}


@contextmanager
def throttle_with(settings: Settings, **changes: Any) -> Iterator[Throttle]:
    changed = replace(settings, limits=Limits(), **changes)
    valkey = Valkey(changed)
    yield Throttle(changed, valkey)
    valkey.close()


@pytest.fixture
def throttle(app: App, settings: Settings) -> Iterator[Throttle]:
    """With the limits of production."""
    with throttle_with(settings) as throttle:
        yield throttle


@pytest.fixture
def without_valkey(app: App, settings: Settings) -> Iterator[Throttle]:
    """Where nothing listens at Valkey's address."""
    with throttle_with(settings, valkey_url="redis://127.0.0.1:1/0") as throttle:
        yield throttle


@pytest.fixture
def pause_of(app: App) -> Callable[[str], float]:
    """How many seconds a subject's log-ins still have to pause."""
    return lambda subject: (
        app.valkey.client.pttl(app.valkey.key("throttle", "pause", "login", subject)) / 1000
    )


@pytest.fixture
def end_pause(app: App) -> Callable[[str], None]:
    """Lets the pause of a subject be over."""
    return lambda subject: app.valkey.client.delete(app.valkey.key("throttle", "pause", "login", subject))


def is_counted(throttle: Throttle, kind: Kind, subject: str, watched: str | None = None) -> bool:
    try:
        throttle.count(kind, subject, watched=watched)
    except RateLimited:
        return False
    return True


def skipped(kind: str) -> float:
    return REGISTRY.get_sample_value("plaza_limits_skipped_total", {"kind": kind}) or 0.0


@pytest.mark.parametrize(
    ("kind", "most"), [("login", 5), ("reset", 3), ("otp", 5), ("uploads", 10), ("ai", 20)]
)
def test_each_kind_has_its_own_window(throttle: Throttle, kind: Kind, most: int) -> None:
    assert [is_counted(throttle, kind, "a") for _ in range(most + 1)] == [True] * most + [False]
    assert is_counted(throttle, kind, "b")


def test_many_at_the_same_moment_are_no_more_than_many_in_a_row(throttle: Throttle) -> None:
    counted = together([partial(is_counted, throttle, "login", "a")] * 12)
    assert counted.count(True) == 5


def test_a_refusal_says_how_long_to_wait(throttle: Throttle) -> None:
    for _ in range(5):
        throttle.count("login", "a")
    with pytest.raises(RateLimited) as refusal:
        throttle.count("login", "a")
    headers = refusal.value.headers
    assert (headers["RateLimit-Limit"], headers["RateLimit-Remaining"]) == ("5", "0")
    assert headers["Retry-After"] == headers["RateLimit-Reset"]
    assert 0 < int(headers["Retry-After"]) <= 15 * 60


def test_pauses_double_with_each_failure(
    throttle: Throttle, pause_of: Callable[[str], float], end_pause: Callable[[str], None]
) -> None:
    for seconds in (1, 2, 4, 8):
        throttle.failed(throttle.count("login", "a"))
        assert seconds - 0.5 < pause_of("a") <= seconds
        assert not is_counted(throttle, "login", "a")
        end_pause("a")


def test_a_pause_is_never_longer_than_the_longest(
    app: App, settings: Settings, pause_of: Callable[[str], float], end_pause: Callable[[str], None]
) -> None:
    changed = replace(settings, limits=Limits(login="50/minute", longest_pause=3))
    throttle = Throttle(changed, app.valkey)
    for seconds in (1, 2, 3, 3):
        throttle.failed(throttle.count("login", "a"))
        assert seconds - 0.5 < pause_of("a") <= seconds
        end_pause("a")


def test_a_pause_uses_none_of_the_attempts_up(throttle: Throttle, end_pause: Callable[[str], None]) -> None:
    throttle.failed(throttle.count("login", "a"))
    for _ in range(10):
        with pytest.raises(RateLimited) as refusal:
            throttle.count("login", "a")
        assert refusal.value.headers["Retry-After"] == "1"
        assert refusal.value.headers["RateLimit-Remaining"] == "4"
    end_pause("a")
    assert is_counted(throttle, "login", "a")


def test_success_forgets_the_attempts_at_the_subject_and_its_pause(throttle: Throttle) -> None:
    attempts = [throttle.count("login", "a") for _ in range(5)]
    throttle.failed(attempts[0])
    throttle.succeeded(attempts[-1])
    assert [is_counted(throttle, "login", "a") for _ in range(6)] == [True] * 5 + [False]


def test_of_who_aims_only_failures_count_and_success_clears_none_of_them(
    throttle: Throttle, end_pause: Callable[[str], None]
) -> None:
    for number in range(5):
        throttle.succeeded(throttle.count("login", f"own {number}", watched="ip"))
    for number in range(5):
        throttle.failed(throttle.count("login", f"other {number}", watched="ip"))
        end_pause("ip")
        if number < 4:
            throttle.succeeded(throttle.count("login", "own", watched="ip"))
    assert not is_counted(throttle, "login", "own", "ip")
    assert is_counted(throttle, "login", "own", "another ip")


@pytest.mark.parametrize("kind", ["login", "reset", "otp"])
def test_without_valkey_nobody_may_guess(without_valkey: Throttle, kind: Kind) -> None:
    before = skipped(kind)
    with pytest.raises(Unavailable) as refusal:
        without_valkey.count(kind, "a")
    assert refusal.value.headers["Retry-After"] == "5"
    assert skipped(kind) == before + 1


@pytest.mark.parametrize("kind", ["uploads", "ai"])
def test_without_valkey_the_rest_goes_on(without_valkey: Throttle, kind: Kind) -> None:
    before = skipped(kind)
    assert [is_counted(without_valkey, kind, "a") for _ in range(25)] == [True] * 25
    assert skipped(kind) == before + 25


def test_valkey_going_away_in_the_middle_of_an_attempt_fails_nobody(without_valkey: Throttle) -> None:
    attempt = Attempt("login", "a", "ip")
    before = skipped("login")
    without_valkey.failed(attempt)
    without_valkey.succeeded(attempt)
    assert skipped("login") == before + 1


class TestOverTheApi:
    """Log-ins and resets of a Plaza with the limits of production on what is aimed at."""

    @pytest.fixture
    def client(self, app: App, settings: Settings) -> Iterator[webtest.TestApp]:
        """Requests as such are not limited, and nobody has to pause."""
        limits = replace(settings.limits, login=Limits.login, reset=Limits.reset)
        limited = build_app(replace(settings, limits=limits))
        yield webtest.TestApp(make_wsgi_app(limited))
        limited.close()

    @pytest.fixture
    def pausing(self, app: App, settings: Settings) -> Iterator[webtest.TestApp]:
        """The same with pauses."""
        limited = build_app(
            replace(settings, limits=replace(settings.limits, login=Limits.login, longest_pause=60))
        )
        yield webtest.TestApp(make_wsgi_app(limited))
        limited.close()

    def log_in(
        self, client: webtest.TestApp, login: dict[str, str], status: int, ip: str = "10.0.0.1"
    ) -> Any:
        return client.post_json("/api/v1/auth/login", login, status=status, extra_environ={"REMOTE_ADDR": ip})

    def test_five_wrong_passwords_shut_an_account_for_the_right_one_too(
        self, client: webtest.TestApp, mina: Person
    ) -> None:
        for number in range(5):
            self.log_in(client, WRONG, 401, f"10.0.0.{number}")
        refused = self.log_in(client, RIGHT, 429, "10.0.0.9")
        assert refused.json["error"]["code"] == "RATE_LIMITED"
        assert refused.headers["RateLimit-Limit"] == "5"
        assert refused.headers["RateLimit-Remaining"] == "0"
        assert 1 <= int(refused.headers["Retry-After"]) <= 15 * 60

    def test_an_unknown_address_is_shut_alike(self, client: webtest.TestApp) -> None:
        for number in range(5):
            self.log_in(client, WRONG, 401, f"10.0.0.{number}")
        self.log_in(client, WRONG, 429, "10.0.0.9")

    def test_the_sixth_address_tried_from_one_place_is_refused(
        self, client: webtest.TestApp, mina: Person
    ) -> None:
        for number in range(5):
            self.log_in(client, {**WRONG, "email": f"nobody{number}@example.com"}, 401)
        self.log_in(client, RIGHT, 429)
        self.log_in(client, RIGHT, 200, "10.0.0.2")

    def test_the_right_password_makes_earlier_failures_forgotten(
        self, client: webtest.TestApp, mina: Person
    ) -> None:
        for turn in range(2):
            for number in range(4):
                self.log_in(client, WRONG, 401, f"10.0.{turn}.{number}")
            self.log_in(client, RIGHT, 200, f"10.0.{turn}.9")

    def test_a_failure_makes_the_next_attempt_wait(self, pausing: webtest.TestApp, mina: Person) -> None:
        self.log_in(pausing, WRONG, 401)
        refused = self.log_in(pausing, RIGHT, 429, "10.0.0.2")
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers["RateLimit-Remaining"] == "4"

    @pytest.mark.parametrize("varied", ["address", "ip"])
    def test_resets_are_counted_by_address_and_by_where_they_come_from(
        self, client: webtest.TestApp, mina: Person, varied: str
    ) -> None:
        def ask(number: int, status: int) -> None:
            wish = {"email": f"nobody{number}@example.com" if varied == "address" else "mina@example.com"}
            ip = f"10.0.0.{number}" if varied == "ip" else "10.0.0.1"
            environ = {"REMOTE_ADDR": ip}
            client.post_json("/api/v1/auth/forgot-password", wish, status=status, extra_environ=environ)

        for number in range(3):
            ask(number, 204)
        ask(3, 429)

    def test_a_reset_lets_who_forgot_the_password_in_again(
        self, client: webtest.TestApp, app: App, mina: Person, run_jobs: Callable[[], int]
    ) -> None:
        for number in range(5):
            self.log_in(client, WRONG, 401, f"10.0.0.{number}")
        client.post_json("/api/v1/auth/forgot-password", {"email": RIGHT["email"]}, status=204)
        run_jobs()
        token = token_in(mails_to(app, RIGHT["email"])[0], "reset")
        wish = {"token": token, "password": "another good one"}
        client.post_json("/api/v1/auth/reset-password", wish, status=204)
        self.log_in(client, {**RIGHT, "password": "another good one"}, 200, "10.0.0.9")
