"""How accounts stand: shut out, away, leaving, and back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from tests.factories import PASSWORD, Person, make_person
from tests.web.conftest import Api
from web.accounts import events as happened
from web.accounts.leaving import REMIND_BEFORE, due_for_erasure, has_left_before
from web.accounts.models import Account, AuditEntry, Email, SecurityEvent, Session
from web.accounts.policy import RETURN_WITHIN
from web.accounts.service import AccountService
from web.accounts.sessions.service import SessionService
from web.core.app import App
from web.core.clock import FixedClock
from web.core.errors import NotFound, ValidationFailed
from web.core.events import Event
from web.core.jobs import JobLog
from web.core.mail import Mail, OutboxMailer
from web.core.models import Job

DAY = timedelta(days=1)
MOMENT = timedelta(seconds=1)


@pytest.fixture
def accounts(app: App) -> Callable[..., Any]:
    """Calls the service in a unit of work of its own."""

    def call(method: str, *arguments: Any, **options: Any) -> Any:
        with app.work() as services:
            return getattr(services[AccountService], method)(*arguments, **options)

    return call


@pytest.fixture
def prove(app: App) -> Callable[[Person], None]:
    """Lets a member's session count as proved just now."""

    def note(person: Person) -> None:
        with app.work() as services:
            services[SessionService].proved(person.session_id)

    return note


@pytest.fixture
def mails(app: App, run_jobs: Callable[[], int]) -> Callable[[], list[Mail]]:
    """Runs what is due and reads the mails, oldest first."""

    def read() -> list[Mail]:
        while run_jobs():
            pass
        assert isinstance(app.mailer, OutboxMailer)
        return app.mailer.newest()[::-1]

    return read


def log_in(api: Api, person: Person, status: int = 200) -> Any:
    wish = {"email": f"{person.username}@example.com", "password": PASSWORD}
    return api.post("/auth/login", wish, status=status)


def refusal(api: Api, person: Person, path: str = "/auth/me") -> tuple[int, str]:
    response = api.call("GET", path, person)
    return response.status_int, response.json.get("error", {}).get("code", "")


def kinds(app: App, person: Person) -> list[str]:
    with app.engines.reads.connect() as connection:
        mine = sa.select(SecurityEvent.kind).where(SecurityEvent.account_id == person.id)
        return list(connection.scalars(mine.order_by(SecurityEvent.occurred_at, SecurityEvent.id)))


def ended_for(app: App, person: Person) -> set[str | None]:
    with app.engines.reads.connect() as connection:
        return set(connection.scalars(sa.select(Session.ended_for).where(Session.account_id == person.id)))


def audit(app: App) -> list[tuple[Any, ...]]:
    with app.engines.reads.connect() as connection:
        query = sa.select(AuditEntry.actor_id, AuditEntry.action, AuditEntry.subject_id)
        return [tuple(row) for row in connection.execute(query.order_by(AuditEntry.id))]


def sweep(app: App, run_jobs: Callable[[], int]) -> None:
    with app.work() as services:
        services[JobLog].add("accounts.sweep")
    run_jobs()


class TestSuspension:
    def test_it_shuts_out_at_once_and_says_until_when(
        self, app: App, api: Api, mina: Person, admin: Person, clock: FixedClock, accounts: Callable[..., Any]
    ) -> None:
        until = clock.now() + DAY
        accounts("suspend", mina.id, until, "Spam", by=admin.id)
        assert refusal(api, mina) == (403, "ACCOUNT_SUSPENDED")
        error = log_in(api, mina, 403)["error"]
        assert (error["code"], error["details"]["suspended_until"]) == (
            "ACCOUNT_SUSPENDED",
            until.isoformat(),
        )
        assert ended_for(app, mina) == {"suspended"}
        assert audit(app) == [(admin.id, "suspend", mina.id)]
        assert kinds(app, mina)[-1] == "suspended"

    def test_it_ends_by_itself(
        self, api: Api, mina: Person, clock: FixedClock, accounts: Callable[..., Any]
    ) -> None:
        accounts("suspend", mina.id, clock.now() + DAY, "Spam", by=None)
        clock.moment += DAY - MOMENT
        log_in(api, mina, 403)
        clock.moment += MOMENT
        log_in(api, mina)

    def test_sessions_from_before_stay_ended(
        self, api: Api, mina: Person, accounts: Callable[..., Any], clock: FixedClock
    ) -> None:
        accounts("suspend", mina.id, clock.now() + DAY, "Spam", by=None)
        assert accounts("lift_suspension", mina.id, by=None)
        assert refusal(api, mina) == (401, "UNAUTHENTICATED")
        log_in(api, mina)

    def test_lifting_what_is_not_there_does_nothing(
        self, app: App, mina: Person, accounts: Callable[..., Any]
    ) -> None:
        assert not accounts("lift_suspension", mina.id, by=None)
        assert not accounts("lift_ban", mina.id, by=None)
        assert audit(app) == []

    def test_it_must_end_in_the_future(
        self, mina: Person, clock: FixedClock, accounts: Callable[..., Any]
    ) -> None:
        with pytest.raises(ValidationFailed):
            accounts("suspend", mina.id, clock.now(), "Spam", by=None)

    def test_the_mail_says_until_when_and_why(
        self,
        joon: Person,
        clock: FixedClock,
        accounts: Callable[..., Any],
        mails: Callable[[], list[Mail]],
    ) -> None:
        until = datetime.fromisoformat("2099-01-31T05:00:00+00:00")
        accounts("suspend", joon.id, until, "Spam in comments", by=None)
        (mail,) = mails()
        assert mail.to == "joon@example.com"
        assert mail.subject == "Your Plaza account is suspended"
        assert "January 31, 2099" in mail.text
        assert "12:00:00" in mail.text  # five in the morning UTC, in New York
        assert "Spam in comments" in mail.text

    def test_old_columns_are_cleared(
        self,
        app: App,
        mina: Person,
        joon: Person,
        clock: FixedClock,
        accounts: Callable[..., Any],
        run_jobs: Callable[[], int],
    ) -> None:
        accounts("suspend", mina.id, clock.now() + DAY, "Spam", by=None)
        accounts("suspend", joon.id, clock.now() + 3 * DAY, "Spam", by=None)
        clock.moment += 2 * DAY
        sweep(app, run_jobs)
        with app.engines.reads.connect() as connection:
            query = sa.select(Account.username).where(Account.suspended_until.is_not(None))
            assert connection.scalars(query).all() == ["joon"]
            query = sa.select(Account.username).where(Account.sanction_reason.is_not(None))
            assert connection.scalars(query).all() == ["joon"]


class TestBan:
    def test_it_shuts_out_for_good(
        self,
        app: App,
        api: Api,
        mina: Person,
        clock: FixedClock,
        accounts: Callable[..., Any],
        mails: Callable[[], list[Mail]],
    ) -> None:
        accounts("ban", mina.id, "Spam again", by=None)
        clock.moment += 400 * DAY
        assert log_in(api, mina, 403)["error"]["code"] == "ACCOUNT_BANNED"
        assert ended_for(app, mina) == {"banned"}
        assert audit(app) == [(None, "ban", mina.id)]
        assert "Spam again" in mails()[0].text

    def test_lifting_it_opens_the_account_again(
        self, app: App, api: Api, joon: Person, accounts: Callable[..., Any], mails: Callable[[], list[Mail]]
    ) -> None:
        accounts("ban", joon.id, "Spam", by=None)
        mails()
        assert accounts("lift_ban", joon.id, by=None)
        log_in(api, joon)
        assert [action for _, action, _ in audit(app)] == ["ban", "lift_ban"]
        assert mails()[1].subject == "Your Plaza account is open again"

    def test_a_suspension_from_before_goes_on_after_it(
        self, api: Api, mina: Person, clock: FixedClock, accounts: Callable[..., Any]
    ) -> None:
        accounts("suspend", mina.id, clock.now() + DAY, "Spam", by=None)
        accounts("ban", mina.id, "Spam", by=None)
        assert log_in(api, mina, 403)["error"]["code"] == "ACCOUNT_BANNED"
        accounts("lift_ban", mina.id, by=None)
        assert log_in(api, mina, 403)["error"]["code"] == "ACCOUNT_SUSPENDED"

    def test_nobody_cannot_be_banned(self, mina: Person, accounts: Callable[..., Any]) -> None:
        with pytest.raises(NotFound):
            accounts("ban", mina.session_id, "Spam", by=None)


class TestDeactivation:
    def test_it_takes_a_recent_proof(
        self, api: Api, mina: Person, prove: Callable[[Person], None], clock: FixedClock
    ) -> None:
        error = api.post("/settings/deactivate", None, mina, status=403)["error"]
        assert error["code"] == "REAUTHENTICATION_REQUIRED"
        prove(mina)
        clock.moment += timedelta(minutes=16)
        api.post("/settings/deactivate", None, mina, status=403)
        prove(mina)
        api.post("/settings/deactivate", None, mina, status=204)

    def test_every_session_ends_and_a_log_in_undoes_it(
        self,
        app: App,
        api: Api,
        mina: Person,
        joon: Person,
        prove: Callable[[Person], None],
        emitted: Callable[[], list[Event]],
        clock: FixedClock,
        mails: Callable[[], list[Mail]],
    ) -> None:
        log_in(api, mina)
        prove(mina)
        api.post("/settings/deactivate", None, mina, status=204)
        assert refusal(api, mina) == (403, "ACCOUNT_DEACTIVATED")
        assert ended_for(app, mina) == {"deactivated"}
        assert refusal(api, joon, f"/users/{mina.id}") == (404, "NOT_FOUND")
        clock.moment += RETURN_WITHIN - MOMENT
        log_in(api, mina)
        api.get(f"/users/{mina.id}", joon)
        assert [type(event) for event in emitted()] == [happened.MemberDeactivated, happened.MemberReturned]
        assert "deactivated" in kinds(app, mina)

    def test_after_thirty_days_nobody_comes_back(
        self, api: Api, mina: Person, prove: Callable[[Person], None], clock: FixedClock
    ) -> None:
        prove(mina)
        api.post("/settings/deactivate", None, mina, status=204)
        clock.moment += RETURN_WITHIN
        log_in(api, mina, 403)

    def test_who_is_leaving_for_good_cannot_leave_for_a_while(
        self, api: Api, mina: Person, prove: Callable[[Person], None]
    ) -> None:
        prove(mina)
        api.delete("/settings/delete-account", mina, 202, json={})
        error = api.post("/settings/deactivate", None, mina, status=403)["error"]
        assert error["code"] == "ACCOUNT_LEAVING"

    def test_the_mail_says_how_to_come_back_and_until_when(
        self,
        api: Api,
        joon: Person,
        prove: Callable[[Person], None],
        mails: Callable[[], list[Mail]],
        clock: FixedClock,
    ) -> None:
        clock.moment = datetime.fromisoformat("2026-12-01T12:00:00+00:00")
        prove(joon)
        api.post("/settings/deactivate", None, joon, status=204)
        (mail,) = mails()
        assert "December 31, 2026" in mail.text
        assert "http://localhost/login" in mail.text


class TestDeletion:
    def test_it_waits_thirty_days_and_this_session_may_cancel(
        self,
        app: App,
        api: Api,
        mina: Person,
        prove: Callable[[Person], None],
        clock: FixedClock,
        emitted: Callable[[], list[Event]],
    ) -> None:
        other = log_in(api, mina)["access_token"]
        api.delete("/settings/delete-account", mina, 403, json={})
        prove(mina)
        answer = api.delete("/settings/delete-account", mina, 202, json={"keeps_content": True})
        assert answer["erased_on"] == (clock.now() + RETURN_WITHIN).date().isoformat()
        assert answer["keeps_content"] is True
        api.get("/auth/me", status=401, headers={"Authorization": f"Bearer {other}"})
        assert api.get("/auth/me", mina)["erased_on"] == answer["erased_on"]
        assert refusal(api, mina, "/feed/following") == (403, "ACCOUNT_LEAVING")
        api.post("/settings/delete-account/cancel", None, mina, status=204)
        assert api.get("/auth/me", mina)["erased_on"] is None
        api.get("/feed/following", mina)
        names = [type(event) for event in emitted()]
        assert names == [happened.DeletionRequested, happened.DeletionCancelled]
        assert {"deletion_requested", "deletion_cancelled"} <= set(kinds(app, mina))

    def test_asking_again_keeps_the_day_and_takes_the_new_choice(
        self,
        app: App,
        api: Api,
        mina: Person,
        prove: Callable[[Person], None],
        clock: FixedClock,
        emitted: Callable[[], list[Event]],
    ) -> None:
        prove(mina)
        first = api.delete("/settings/delete-account", mina, 202, json={"keeps_content": True})
        clock.moment += 5 * DAY
        prove(mina)
        second = api.delete("/settings/delete-account", mina, 202, json={"keeps_content": False})
        assert second == {**first, "keeps_content": False}
        assert len(emitted()) == 1

    def test_a_log_in_meanwhile_cancels_nothing(
        self, api: Api, mina: Person, prove: Callable[[Person], None]
    ) -> None:
        prove(mina)
        api.delete("/settings/delete-account", mina, 202, json={})
        user = log_in(api, mina)["user"]
        assert user["deletion_requested_at"] is not None

    def test_cancelling_what_was_not_asked_for_does_nothing(
        self, api: Api, mina: Person, emitted: Callable[[], list[Event]]
    ) -> None:
        api.post("/settings/delete-account/cancel", None, mina, status=204)
        assert emitted() == []

    def test_mails_say_the_day_and_that_it_was_undone(
        self,
        api: Api,
        joon: Person,
        prove: Callable[[Person], None],
        mails: Callable[[], list[Mail]],
        clock: FixedClock,
    ) -> None:
        clock.moment = datetime.fromisoformat("2026-12-01T12:00:00+00:00")
        prove(joon)
        api.delete("/settings/delete-account", joon, 202, json={})
        assert "December 31, 2026" in mails()[0].text
        api.post("/settings/delete-account/cancel", None, joon, status=204)
        assert mails()[1].subject == "Your Plaza account stays"


class TestSweep:
    @pytest.fixture
    def leave(self, app: App, clock: FixedClock) -> Callable[..., Person]:
        """Makes a member who left some time ago."""

        def make(name: str, ago: timedelta, *, deletion: bool = False, **columns: Any) -> Person:
            person = make_person(app, name, locale="en")
            moment = clock.now() - ago
            left = {"deletion_requested_at" if deletion else "deactivated_at": moment, **columns}
            with app.work() as services:
                services[DbSession].execute(sa.update(Account).where(Account.id == person.id).values(left))
            return person

        return make

    def names(self, app: App, condition: sa.ColumnElement[bool]) -> list[str]:
        with app.engines.reads.connect() as connection:
            query = sa.select(Account.username).where(condition).order_by(Account.username)
            return list(connection.scalars(query))

    def test_due_is_who_left_thirty_days_ago(
        self, app: App, clock: FixedClock, leave: Callable[..., Person], mina: Person
    ) -> None:
        leave("away", RETURN_WITHIN)
        leave("almost", RETURN_WITHIN - MOMENT)
        leave("asked", RETURN_WITHIN, deletion=True)
        leave("banned", RETURN_WITHIN, banned_at=clock.now())
        leave("suspended", RETURN_WITHIN, suspended_until=clock.now() + DAY)
        leave("free", RETURN_WITHIN, suspended_until=clock.now())
        leave("banned_asked", RETURN_WITHIN, deletion=True, banned_at=clock.now())
        leave("both", RETURN_WITHIN, deletion_requested_at=clock.now())
        leave("erased", RETURN_WITHIN, erased_at=clock.now())
        expected = ["asked", "away", "banned_asked", "free"]
        assert self.names(app, due_for_erasure(clock.now())) == expected

    def test_each_who_is_due_gets_one_job(
        self, app: App, clock: FixedClock, leave: Callable[..., Person], run_jobs: Callable[[], int]
    ) -> None:
        person = leave("away", RETURN_WITHIN)
        for _ in range(2):
            with app.work() as services:
                services[JobLog].add("accounts.sweep")
                # Held back, so that it waits like one that another worker has.
                services[DbSession].execute(
                    sa.update(Job)
                    .where(Job.kind == "accounts.erase_account")
                    .values(due_at=clock.now() + DAY)
                )
            run_jobs()
        with app.engines.reads.connect() as connection:
            jobs = connection.execute(sa.select(Job.args).where(Job.kind == "accounts.erase_account")).all()
        assert [job.args for job in jobs] == [{"account_id": str(person.id)}]

    def test_a_reminder_comes_once_three_days_before(
        self,
        app: App,
        clock: FixedClock,
        leave: Callable[..., Person],
        run_jobs: Callable[[], int],
        mails: Callable[[], list[Mail]],
    ) -> None:
        soon = RETURN_WITHIN - REMIND_BEFORE
        for name, ago in (("away", soon), ("early", soon - MOMENT)):
            leave(name, ago)
        leave("asked", soon, deletion=True)
        for _ in range(2):
            sweep(app, run_jobs)
        assert sorted(mail.to for mail in mails()) == ["asked@example.com", "away@example.com"]
        assert {mail.subject for mail in mails()} == {"Your Plaza account is erased soon"}
        for mail in mails():
            assert ("cancel the deletion" in mail.text) == (mail.to == "asked@example.com")
        assert self.names(app, has_left_before(clock.now() - soon, clock.now())) == ["asked", "away"]

    def test_who_came_back_and_left_again_is_reminded_again(
        self,
        app: App,
        clock: FixedClock,
        leave: Callable[..., Person],
        run_jobs: Callable[[], int],
        mails: Callable[[], list[Mail]],
    ) -> None:
        leave("away", timedelta(days=28), reminded_at=clock.now() - timedelta(days=40))
        sweep(app, run_jobs)
        assert len(mails()) == 1

    def test_a_member_without_an_address_gets_no_mail(
        self,
        app: App,
        leave: Callable[..., Person],
        run_jobs: Callable[[], int],
        mails: Callable[[], list[Mail]],
    ) -> None:
        leave("away", timedelta(days=28))
        with app.work() as services:
            services[DbSession].execute(sa.delete(Email))
        sweep(app, run_jobs)
        assert mails() == []
