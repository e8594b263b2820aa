"""Getting in with a phone number, and having one."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.swapped import swapped
from tests.web.together import together
from web.accounts.events import MemberJoined, MemberLoggedIn
from web.accounts.models import Account, Email, Phone, PhoneCode, SecurityEvent, Session
from web.accounts.sessions.directory import SessionCache
from web.accounts.sessions.service import SessionService
from web.accounts.ways_in import phones
from web.accounts.ways_in.messages import message
from web.core.app import App
from web.core.clock import FixedClock
from web.core.events import Event
from web.core.i18n import LOCALES
from web.core.models import Job
from web.core.settings import Limits, Settings
from web.core.sms import OutboxSmsSender, Sms, SmsRefused, SmsSender
from web.core.throttle import Throttle

NUMBER = "+821012345678"
OTHER = "+819012345678"


@pytest.fixture(autouse=True)
def outbox(app: App) -> OutboxSmsSender:
    """Where messages go, empty."""
    sender = app.value(SmsSender)
    assert isinstance(sender, OutboxSmsSender)
    for file in sender.folder.glob("*.sms"):
        file.unlink()
    return sender


@pytest.fixture
def code(outbox: OutboxSmsSender, run_jobs: Callable[[], int]) -> Callable[[], str]:
    """Runs the job and reads the code in the newest message."""

    def read() -> str:
        run_jobs()
        found = re.search(r"\b\d{6}\b", outbox.newest()[0].text)
        assert found
        return found.group()

    return read


@pytest.fixture
def send(api: Api, code: Callable[[], str]) -> Callable[..., str]:
    """Asks for a code to get in, and reads it."""

    def ask(number: str = NUMBER, **values: Any) -> str:
        api.post("/auth/send-otp", {"phone_number": number, **values}, status=202)
        return code()

    return ask


def verify(api: Api, code: str, status: int = 200, **values: Any) -> Any:
    return api.post("/auth/verify-otp", {"phone_number": NUMBER, "code": code, **values}, status=status)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def change(engine: sa.Engine, statement: sa.Executable) -> None:
    with engine.begin() as connection:
        connection.execute(statement)


def give_number(engine: sa.Engine, person: Person, number: str = NUMBER) -> None:
    row = {"account_id": person.id, "number": number, "verified_at": sa.func.now()}
    change(engine, sa.insert(Phone).values(row))


def one(engine: sa.Engine, statement: sa.Select[Any]) -> Any:
    with engine.connect() as connection:
        return connection.scalar(statement)


def number_of(engine: sa.Engine, person: Person) -> str | None:
    number: str | None = one(engine, sa.select(Phone.number).where(Phone.account_id == person.id))
    return number


class TestNumbers:
    @pytest.mark.parametrize(
        ("given", "locale", "understood"),
        [
            ("+821012345678", None, "+821012345678"),
            ("+82 10-1234-5678", "en", "+821012345678"),
            ("010-1234-5678", "ko", "+821012345678"),
            ("090 1234 5678", "ja", "+819012345678"),
            ("+1 (650) 253-0000", "ko", "+16502530000"),
            ("+44 7911 123456", None, "+447911123456"),
        ],
    )
    def test_a_number_is_kept_in_one_form(
        self, api: Api, given: str, locale: str | None, understood: str
    ) -> None:
        ticket = api.post("/auth/send-otp", {"phone_number": given, "locale": locale}, status=202)
        assert ticket["phone_number"] == understood

    @pytest.mark.parametrize(
        ("given", "locale"),
        [
            ("010-1234-5678", None),  # of which country?
            ("612 345 678", "es"),  # of the many that speak Spanish?
            ("+82 10 1234", "ko"),
            ("+999 1234567", None),
            ("+82 2-312-3456", None),  # a landline
            ("+1 900 555 0100", None),  # who is called gets paid
            ("mina@example.com", "ko"),
            ("", "ko"),
            ("+" + "1" * 50, None),
        ],
    )
    def test_what_cannot_get_a_message_is_refused_by_field(
        self, api: Api, given: str, locale: str | None
    ) -> None:
        answer = api.post("/auth/send-otp", {"phone_number": given, "locale": locale}, status=422)
        assert answer["error"]["code"] == "VALIDATION_FAILED"
        assert [field["field"] for field in answer["error"]["details"]["fields"]] == ["phone_number"]


class TestGettingIn:
    def test_a_new_number_makes_an_account_that_has_to_tell_its_birth_date(
        self, api: Api, send: Callable[..., str], emitted: Callable[..., list[Event]]
    ) -> None:
        answer = verify(api, send(), zone="Asia/Tokyo", locale="ja")
        user = answer["user"]
        assert answer["is_new_user"] is True
        assert (user["phone"], user["email"], user["zone"], user["locale"]) == (
            NUMBER,
            None,
            "Asia/Tokyo",
            "ja",
        )
        assert re.fullmatch(r"member_[0-9a-f]{12}", user["username"])
        assert user["nickname"] == user["username"]
        assert user["profile_incomplete"] == ["birth_date"]
        me = api.get("/auth/me", headers={"Authorization": f"Bearer {answer['access_token']}"})
        assert me == user
        assert [type(event) for event in emitted(with_accounts=True)] == [MemberJoined, MemberLoggedIn]

    def test_a_known_number_gets_into_its_account(
        self, api: Api, send: Callable[..., str], mina: Person, owner_engine: sa.Engine
    ) -> None:
        give_number(owner_engine, mina)
        answer = verify(api, send())
        assert (answer["user"]["id"], answer["is_new_user"]) == (str(mina.id), False)
        newest = sa.select(Session.methods).order_by(Session.created_at.desc()).limit(1)
        assert one(owner_engine, newest) == ["sms"]

    def test_the_second_time_it_is_the_same_account(
        self, api: Api, send: Callable[..., str], clock: FixedClock
    ) -> None:
        first = verify(api, send())
        clock.moment += timedelta(seconds=60)
        second = verify(api, send())
        assert second["user"]["id"] == first["user"]["id"]
        assert second["is_new_user"] is False

    def test_the_code_may_be_called_otp(self, api: Api, send: Callable[..., str]) -> None:
        api.post("/auth/verify-otp", {"phone_number": NUMBER, "otp": send()}, status=200)

    def test_a_second_factor_is_still_asked_for(
        self, api: Api, send: Callable[..., str], mina: Person, owner_engine: sa.Engine
    ) -> None:
        give_number(owner_engine, mina)
        change(owner_engine, sa.update(Account).values(second_factor_since=sa.func.now()))
        assert "access_token" not in verify(api, send())

    def test_who_is_suspended_stays_out(
        self, api: Api, app: App, send: Callable[..., str], mina: Person, owner_engine: sa.Engine
    ) -> None:
        give_number(owner_engine, mina)
        until = app.clock.now() + timedelta(days=1)
        change(owner_engine, sa.update(Account).values(suspended_until=until))
        assert verify(api, send(), status=403)["error"]["code"] == "ACCOUNT_SUSPENDED"


class TestCodes:
    def test_a_code_works_once(self, api: Api, send: Callable[..., str]) -> None:
        right = send()
        verify(api, right)
        assert verify(api, right, status=422)["error"]["code"] == "INVALID_CODE"

    def test_of_many_who_use_one_code_at_once_one_gets_in(
        self, api: Api, send: Callable[..., str], owner_engine: sa.Engine
    ) -> None:
        right = send()
        wish = {"phone_number": NUMBER, "code": right}
        answers = together([lambda: api.call("POST", "/auth/verify-otp", json=wish)] * 3)
        assert sorted(answer.status_int for answer in answers) == [200, 422, 422]
        assert one(owner_engine, sa.select(sa.func.count()).select_from(Account)) == 1
        assert one(owner_engine, sa.select(sa.func.count()).select_from(Session)) == 1

    def test_of_two_whose_tries_are_both_right_the_second_finds_the_code_used(
        self,
        api: Api,
        send: Callable[..., str],
        mina: Person,
        owner_engine: sa.Engine,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        give_number(owner_engine, mina)
        wish = {"phone_number": NUMBER, "code": send()}
        both_are_right, compare = Barrier(2), phones.same_code

        def compared(*values: Any) -> bool:
            both_are_right.wait(10)
            return compare(*values)

        monkeypatch.setattr(phones, "same_code", compared)
        answers = together([lambda: api.call("POST", "/auth/verify-otp", json=wish)] * 2)
        assert sorted(answer.status_int for answer in answers) == [200, 422]

    def test_after_three_tries_the_right_one_is_refused_too(self, api: Api, send: Callable[..., str]) -> None:
        right = send()
        for _ in range(3):
            verify(api, wrong(right), status=422)
        verify(api, right, status=422)

    def test_guesses_at_the_same_moment_are_counted_one_by_one(
        self, api: Api, send: Callable[..., str], owner_engine: sa.Engine
    ) -> None:
        right = send()
        guess = {"phone_number": NUMBER, "code": wrong(right)}
        together([lambda: api.call("POST", "/auth/verify-otp", json=guess)] * 6)
        assert one(owner_engine, sa.select(PhoneCode.tries)) == 3
        verify(api, right, status=422)

    def test_a_code_is_good_for_ten_minutes(
        self, api: Api, send: Callable[..., str], clock: FixedClock
    ) -> None:
        right = send()
        clock.moment += timedelta(minutes=10)
        verify(api, right, status=422)

    def test_a_newer_code_makes_the_older_one_worthless_even_before_it_arrives(
        self, api: Api, send: Callable[..., str], clock: FixedClock
    ) -> None:
        older = send()
        clock.moment += timedelta(seconds=60)
        api.post("/auth/send-otp", {"phone_number": NUMBER}, status=202)
        verify(api, older, status=422)

    def test_before_its_message_is_sent_no_code_works(self, api: Api) -> None:
        api.post("/auth/send-otp", {"phone_number": NUMBER}, status=202)
        verify(api, "000000", status=422)

    def test_without_a_code_asked_for_none_works(self, api: Api) -> None:
        verify(api, "123456", status=422)

    def test_a_code_of_another_number_does_not_work(self, api: Api, send: Callable[..., str]) -> None:
        api.post("/auth/verify-otp", {"phone_number": OTHER, "code": send()}, status=422)

    def test_codes_are_stored_hashed(self, send: Callable[..., str], owner_engine: sa.Engine) -> None:
        right = send()
        with owner_engine.connect() as connection:
            assert right not in str(connection.execute(sa.select(PhoneCode.code_hash)).one())


class TestWhatMessagesCost:
    def test_another_code_can_be_asked_for_after_a_minute(self, api: Api, clock: FixedClock) -> None:
        wish = {"phone_number": NUMBER}
        ticket = api.post("/auth/send-otp", wish, status=202)
        clock.moment += timedelta(seconds=50)
        refused = api.call("POST", "/auth/send-otp", json=wish, status=429)
        assert refused.headers["Retry-After"] == "10"
        clock.moment += timedelta(seconds=10)
        assert ticket["resend_after"] == clock.moment.isoformat().replace("+00:00", "Z")
        api.post("/auth/send-otp", wish, status=202)

    def test_of_many_wishes_at_once_one_sends_a_message(self, api: Api, owner_engine: sa.Engine) -> None:
        wish = {"phone_number": NUMBER}
        answers = together([lambda: api.call("POST", "/auth/send-otp", json=wish)] * 6)
        assert sorted(answer.status_int for answer in answers) == [202, 429, 429, 429, 429, 429]
        assert one(owner_engine, sa.select(sa.func.count()).select_from(PhoneCode)) == 1

    def test_all_of_plaza_sends_no_more_than_its_cap_in_an_hour(
        self, api: Api, app: App, settings: Settings, clock: FixedClock, owner_engine: sa.Engine
    ) -> None:
        def wish(index: int) -> Callable[[], Any]:
            body = {"phone_number": f"+8210123456{index:02d}"}
            return lambda: api.call("POST", "/auth/send-otp", json=body)

        with swapped(app, Settings, replace(settings, sms_per_hour=2)):
            answers = together([wish(index) for index in range(6)])
            assert sorted(answer.status_int for answer in answers) == [202, 202, 503, 503, 503, 503]
            assert one(owner_engine, sa.select(sa.func.count()).select_from(PhoneCode)) == 2
            clock.moment += timedelta(minutes=59)
            refused = wish(10)()
            assert (refused.status_int, refused.headers["Retry-After"]) == (503, "60")
            clock.moment += timedelta(minutes=1)
            assert wish(10)().status_int == 202

    def test_a_number_gets_five_messages_in_an_hour_whoever_asks(
        self, api: Api, app: App, settings: Settings, clock: FixedClock
    ) -> None:
        with swapped(app, Throttle, Throttle(replace(settings, limits=Limits()), app.valkey)):
            for tail in range(6):
                wish = {"phone_number": NUMBER}
                answer = api.call("POST", "/auth/send-otp", json=wish, headers=_from(f"192.0.2.{tail}"))
                assert answer.status_int == (202 if tail < 5 else 429)
                clock.moment += timedelta(minutes=1)

    def test_an_address_gets_five_messages_in_an_hour_whatever_the_numbers(
        self, api: Api, app: App, settings: Settings
    ) -> None:
        with swapped(app, Throttle, Throttle(replace(settings, limits=Limits()), app.valkey)):
            for tail in range(6):
                wish = {"phone_number": f"+8210123456{tail:02d}"}
                answer = api.call("POST", "/auth/send-otp", json=wish, headers=_from("192.0.2.1"))
                assert answer.status_int == (202 if tail < 5 else 429)

    def test_without_valkey_no_message_is_sent(
        self, api: Api, app: App, settings: Settings, owner_engine: sa.Engine
    ) -> None:
        away = replace(settings, valkey_url="redis://127.0.0.1:1/0")
        with swapped(app, Throttle, Throttle(away, app.valkey)):
            api.post("/auth/send-otp", {"phone_number": NUMBER}, status=503)
        assert one(owner_engine, sa.select(sa.func.count()).select_from(PhoneCode)) == 0

    @pytest.mark.parametrize("locale", LOCALES)
    def test_a_text_is_paid_as_one_message(self, locale: str) -> None:
        text = message("123456", locale)
        assert "123456" in text
        assert len(text) <= 70


class TestWhoIsKnown:
    def test_the_answer_and_the_work_are_the_same_for_a_known_number(
        self,
        api: Api,
        mina: Person,
        owner_engine: sa.Engine,
        statements: Callable[[], list[str]],
        clock: FixedClock,
    ) -> None:
        give_number(owner_engine, mina)
        known = api.call("POST", "/auth/send-otp", json={"phone_number": NUMBER}, status=202)
        for_known = statements()
        unknown = api.call("POST", "/auth/send-otp", json={"phone_number": OTHER}, status=202)
        assert statements()[len(for_known) :] == for_known
        assert {**known.json, "phone_number": OTHER} == unknown.json

    def test_the_message_is_in_the_members_language_or_the_one_asked_for(
        self,
        api: Api,
        outbox: OutboxSmsSender,
        send: Callable[..., str],
        mina: Person,
        owner_engine: sa.Engine,
    ) -> None:
        give_number(owner_engine, mina)  # who reads Korean
        for number, asked, expected in [(NUMBER, "es", "ko"), (OTHER, "es", "es")]:
            right = send(number, locale=asked)
            assert outbox.newest()[0] == Sms(number, message(right, expected))


class Failing(SmsSender):
    """A provider that raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.tries = 0

    def send(self, sms: Sms) -> None:
        self.tries += 1
        raise self.error


class TestTheJob:
    def test_a_refused_message_is_not_tried_again(
        self, api: Api, app: App, run_jobs: Callable[[], int], owner_engine: sa.Engine
    ) -> None:
        api.post("/auth/send-otp", {"phone_number": NUMBER}, status=202)
        with swapped(app, SmsSender, Failing(SmsRefused("no such number"))):
            run_jobs()
        assert one(owner_engine, sa.select(sa.func.count()).select_from(Job)) == 0

    def test_an_outage_of_the_provider_is_waited_out(
        self, api: Api, app: App, code: Callable[[], str], clock: FixedClock, run_jobs: Callable[[], int]
    ) -> None:
        api.post("/auth/send-otp", {"phone_number": NUMBER}, status=202)
        with swapped(app, SmsSender, Failing(OSError("away"))):
            run_jobs()
        verify(api, "123456", status=422)
        clock.moment += timedelta(seconds=10)
        verify(api, code())

    def test_after_a_few_failures_the_job_gives_up(
        self, api: Api, app: App, clock: FixedClock, run_jobs: Callable[[], int]
    ) -> None:
        api.post("/auth/send-otp", {"phone_number": NUMBER}, status=202)
        failing = Failing(OSError("away"))
        with swapped(app, SmsSender, failing):
            for _ in range(10):
                run_jobs()
                clock.moment += timedelta(seconds=40)
        assert failing.tries == 5

    @pytest.mark.parametrize("too_late", [timedelta(minutes=10), timedelta(seconds=60)])
    def test_a_code_that_is_worthless_by_now_is_not_paid_for(
        self,
        api: Api,
        run_jobs: Callable[[], int],
        outbox: OutboxSmsSender,
        clock: FixedClock,
        too_late: timedelta,
    ) -> None:
        api.post("/auth/send-otp", {"phone_number": NUMBER}, status=202)
        clock.moment += too_late
        api.post("/auth/send-otp", {"phone_number": NUMBER}, status=202)
        run_jobs()
        assert len(outbox.newest()) == 1


class TestMyNumber:
    @pytest.fixture(autouse=True)
    def _proof(self, app: App, mina: Person, joon: Person) -> None:
        with app.work() as services:
            for person in (mina, joon):
                services[SessionService].proved(person.session_id)

    @pytest.fixture
    def add(self, api: Api, code: Callable[[], str]) -> Callable[..., str]:
        """Asks for a code to add a number, and reads it."""

        def ask(who: Person, number: str = NUMBER) -> str:
            api.post("/users/me/phone", {"phone_number": number}, who, status=202)
            return code()

        return ask

    @staticmethod
    def confirm(api: Api, who: Person, code: str, status: int = 204, number: str = NUMBER) -> Any:
        body = {"phone_number": number, "code": code}
        return api.post("/users/me/phone/verify", body, who, status=status)

    def test_a_number_counts_once_it_is_confirmed(
        self, api: Api, add: Callable[..., str], mina: Person, owner_engine: sa.Engine
    ) -> None:
        right = add(mina)
        assert number_of(owner_engine, mina) is None
        self.confirm(api, mina, right)
        assert api.get("/auth/me", mina)["phone"] == NUMBER
        assert one(owner_engine, sa.select(SecurityEvent.kind)) == "phone_changed"

    def test_a_new_number_takes_the_place_of_the_old_one(
        self, api: Api, add: Callable[..., str], mina: Person, owner_engine: sa.Engine
    ) -> None:
        give_number(owner_engine, mina, OTHER)
        self.confirm(api, mina, add(mina))
        assert number_of(owner_engine, mina) == NUMBER

    def test_ones_own_number_may_be_confirmed_again(
        self, api: Api, add: Callable[..., str], mina: Person, owner_engine: sa.Engine
    ) -> None:
        give_number(owner_engine, mina)
        self.confirm(api, mina, add(mina))

    def test_anothers_number_gets_the_same_answer_and_a_conflict_only_with_its_code(
        self, api: Api, add: Callable[..., str], mina: Person, joon: Person, owner_engine: sa.Engine
    ) -> None:
        give_number(owner_engine, joon)
        right = add(mina)
        self.confirm(api, mina, wrong(right), status=422)
        assert self.confirm(api, mina, right, status=409)["error"]["code"] == "PHONE_TAKEN"
        assert number_of(owner_engine, joon) == NUMBER

    def test_of_two_who_add_one_number_at_once_one_gets_it(
        self, api: Api, add: Callable[..., str], mina: Person, joon: Person, clock: FixedClock
    ) -> None:
        wishes = []
        for person in (mina, joon):
            wishes.append((person, {"phone_number": NUMBER, "code": add(person)}))
            clock.moment += timedelta(seconds=60)
        confirm = [
            lambda who=who, body=body: api.call("POST", "/users/me/phone/verify", who, body).status_int
            for who, body in wishes
        ]
        assert sorted(together(confirm)) == [204, 409]

    def test_a_wrong_code_counts_although_the_request_is_rolled_back(
        self, api: Api, add: Callable[..., str], mina: Person
    ) -> None:
        right = add(mina)
        for _ in range(3):
            self.confirm(api, mina, wrong(right), status=422)
        self.confirm(api, mina, right, status=422)

    def test_counting_a_try_never_takes_a_second_connection(
        self, api: Api, app: App, add: Callable[..., str], mina: Person
    ) -> None:
        right = add(mina)
        app.value(SessionCache).clear()  # so that the session is looked up by the request's connection
        held: list[int] = []
        pool = app.engines.writes.pool
        note = lambda *_: held.append(pool.checkedout())  # noqa: E731 - has to be removed again
        sa.event.listen(pool, "checkout", note)
        self.confirm(api, mina, right)
        sa.event.remove(pool, "checkout", note)
        assert len(held) == 3
        assert max(held) == 1

    def test_a_code_to_add_a_number_gets_nobody_in_and_the_other_way_round(
        self, api: Api, add: Callable[..., str], mina: Person, send: Callable[..., str], clock: FixedClock
    ) -> None:
        verify(api, add(mina), status=422)
        clock.moment += timedelta(seconds=60)
        self.confirm(api, mina, send(), status=422)

    def test_a_code_is_good_for_whoever_asked_for_it(
        self, api: Api, add: Callable[..., str], mina: Person, joon: Person
    ) -> None:
        self.confirm(api, joon, add(mina), status=422)

    def test_a_number_can_be_removed_where_another_way_in_is_left(
        self, api: Api, mina: Person, owner_engine: sa.Engine
    ) -> None:
        give_number(owner_engine, mina)
        api.delete("/users/me/phone", mina)
        assert number_of(owner_engine, mina) is None
        assert one(owner_engine, sa.select(SecurityEvent.kind)) == "phone_removed"
        api.delete("/users/me/phone", mina, status=404)

    def test_the_only_way_in_stays(self, api: Api, mina: Person, owner_engine: sa.Engine) -> None:
        give_number(owner_engine, mina)
        change(owner_engine, sa.delete(Email).where(Email.account_id == mina.id))
        assert api.delete("/users/me/phone", mina, status=409)["error"]["code"] == "LAST_WAY_IN"
        assert number_of(owner_engine, mina) == NUMBER

    def test_changing_it_needs_a_recent_proof(
        self, api: Api, mina: Person, clock: FixedClock, owner_engine: sa.Engine
    ) -> None:
        give_number(owner_engine, mina)
        clock.moment += timedelta(minutes=16)
        asked = api.post("/users/me/phone", {"phone_number": OTHER}, mina, status=403)
        removed = api.delete("/users/me/phone", mina, status=403)
        assert {answer["error"]["code"] for answer in (asked, removed)} == {"REAUTHENTICATION_REQUIRED"}


def _from(ip: str) -> dict[str, str]:
    """The header by which the proxy says who asks."""
    return {"X-Forwarded-For": ip}
