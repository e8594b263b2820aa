"""Members learn what happens to the safety of their account."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories import PASSWORD, Person, make_person
from tests.web.accounts.mailbox import mails_to
from tests.web.conftest import Api
from web.accounts.models import Account, Email, SecurityEvent
from web.accounts.sessions.mails import WHAT_HAPPENED
from web.accounts.sessions.security_log import NOT_MAILED, SecurityKind, SecurityLog
from web.core.app import App
from web.core.clock import FixedClock
from web.core.devices import NO_DEVICE, Device
from web.core.i18n import LOCALES

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{}.0) Gecko/20100101 Firefox/{}.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15"
MAILED = sorted(set(SecurityKind) - NOT_MAILED)


def note(app: App, who: Person, kind: SecurityKind, device: Device = NO_DEVICE) -> None:
    with app.work() as services:
        services[SecurityLog].note(who.id, kind, device)


def kinds(api: Api, who: Person) -> list[str]:
    return [item["kind"] for item in api.get("/users/me/security-events", who)["items"]]


@pytest.fixture
def log_in(api: Api) -> Callable[[str], None]:
    """Logs Mina in from a browser."""

    def log_in(user_agent: str) -> None:
        body = {"email": "mina@example.com", "password": PASSWORD}
        api.post("/auth/login", body, status=200, headers={"User-Agent": user_agent})

    return log_in


def test_events_are_listed_newest_first_in_pages(api: Api, app: App, mina: Person, joon: Person) -> None:
    note(app, joon, SecurityKind.BANNED)
    firefox = Device(FIREFOX.format(130, 130), "192.0.2.7")
    for kind in (SecurityKind.LOGGED_IN, SecurityKind.PASSKEY_ADDED, SecurityKind.PHONE_REMOVED):
        note(app, mina, kind, firefox)
    found = api.every_page("/users/me/security-events", mina)
    assert [item["kind"] for item in found] == ["phone_removed", "passkey_added", "logged_in"]
    assert found[0].keys() == {"id", "kind", "device", "occurred_at"}
    english = api.get("/users/me/security-events", mina, headers={"Accept-Language": "en"})
    assert {item["device"] for item in english["items"]} == {"Firefox on Windows"}
    assert "192.0.2.7" not in str(found)


def test_the_log_is_the_members_alone(api: Api) -> None:
    api.get("/users/me/security-events", status=401)


def test_every_kind_that_is_mailed_has_its_words() -> None:
    assert sorted(WHAT_HAPPENED) == MAILED


@pytest.mark.parametrize("kind", MAILED)
def test_a_mail_says_what_happened_when_and_where_and_what_to_do(
    app: App, mina: Person, kind: SecurityKind, clock: FixedClock, run_jobs: Callable[[], int]
) -> None:
    with app.work() as services:
        services[SecurityLog]._session.execute(sa.update(Account).values(locale="en"))
    clock.moment = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
    note(app, mina, kind, Device(SAFARI))
    assert run_jobs() == 1
    (mail,) = mails_to(app, "mina@example.com")
    assert mail.subject == WHAT_HAPPENED[kind]
    assert mail.text.startswith(mail.subject)
    assert "November 22, 2026" in mail.text  # in Seoul
    assert "12:30:00" in mail.text
    assert "Safari on Mac OS X" in mail.text
    assert "http://localhost/forgot" in mail.text or "settings" in mail.text
    assert "${" not in mail.text


@pytest.mark.parametrize("locale", LOCALES)
def test_the_mail_is_in_the_members_language(
    app: App, locale: str, clock: FixedClock, run_jobs: Callable[[], int]
) -> None:
    clock.moment = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
    note(app, make_person(app, "sora", locale=locale), SecurityKind.PASSWORD_CHANGED)
    run_jobs()
    (mail,) = mails_to(app, "sora@example.com")
    months = {"ko": "11월 21일", "en": "November 21", "ja": "11月21日", "es": "21 de noviembre"}
    assert months[locale] in mail.text


@pytest.mark.parametrize("kind", sorted(NOT_MAILED))
def test_other_kinds_are_noted_and_not_mailed(
    api: Api, app: App, mina: Person, kind: SecurityKind, run_jobs: Callable[[], int]
) -> None:
    note(app, mina, kind)
    assert run_jobs() == 0
    assert kinds(api, mina) == [kind]


def test_who_has_no_address_gets_no_mail_and_nothing_fails(
    api: Api, app: App, mina: Person, run_jobs: Callable[[], int], owner_engine: sa.Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.delete(Email))
    note(app, mina, SecurityKind.PHONE_CHANGED)
    assert run_jobs() == 1
    assert mails_to(app, "mina@example.com") == []
    assert kinds(api, mina) == ["phone_changed"]


def test_an_event_that_is_gone_is_no_mail(
    app: App, mina: Person, run_jobs: Callable[[], int], owner_engine: sa.Engine
) -> None:
    note(app, mina, SecurityKind.PHONE_CHANGED)
    with owner_engine.begin() as connection:
        connection.execute(sa.delete(SecurityEvent))
    assert run_jobs() == 1
    assert mails_to(app, "mina@example.com") == []


class TestNewDevices:
    """A log-in from a browser or system that the member never came from before is news."""

    def test_the_first_arrival_of_a_new_account_is_none(
        self, api: Api, mina: Person, log_in: Callable[[str], None]
    ) -> None:
        log_in(FIREFOX.format(130, 130))
        assert kinds(api, mina) == ["logged_in"]

    def test_another_browser_is_and_a_newer_version_is_not(
        self, api: Api, app: App, mina: Person, log_in: Callable[[str], None], run_jobs: Callable[[], int]
    ) -> None:
        for user_agent in (FIREFOX.format(130, 130), FIREFOX.format(131, 131), SAFARI, SAFARI):
            log_in(user_agent)
        assert kinds(api, mina) == ["logged_in", "logged_in_new_device", "logged_in", "logged_in"]
        assert run_jobs() == 1
        assert len(mails_to(app, "mina@example.com")) == 1

    def test_a_header_longer_than_is_kept_is_recognised(
        self, api: Api, mina: Person, log_in: Callable[[str], None]
    ) -> None:
        for _ in range(2):
            log_in("y" * 250 + " " + FIREFOX.format(130, 130))
        assert kinds(api, mina) == ["logged_in", "logged_in"]

    def test_devices_of_others_are_not_known(
        self, api: Api, app: App, mina: Person, joon: Person, log_in: Callable[[str], None]
    ) -> None:
        note(app, joon, SecurityKind.LOGGED_IN, Device(SAFARI))
        log_in(FIREFOX.format(130, 130))
        log_in(SAFARI)
        assert kinds(api, mina)[0] == "logged_in_new_device"

    def test_whoever_was_away_longer_than_the_log_reaches_is_told(
        self, api: Api, mina: Person, log_in: Callable[[str], None], owner_engine: sa.Engine
    ) -> None:
        with owner_engine.begin() as connection:
            connection.execute(sa.update(Account).values(created_at=sa.func.now() - timedelta(days=400)))
        log_in(FIREFOX.format(130, 130))
        assert kinds(api, mina) == ["logged_in_new_device"]
