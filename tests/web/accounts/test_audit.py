"""What administrators did can be read, and never changed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from tests.factories import Person
from tests.web.conftest import Api
from web.accounts.audit import AuditLog
from web.accounts.models import Account, AuditEntry
from web.accounts.service import AccountService
from web.cli.main import main
from web.core.app import App
from web.core.clock import FixedClock
from web.core.refs import Ref


@pytest.fixture
def plaza(environment: dict[str, str], app: App) -> Callable[..., Result]:
    """Runs ``plaza`` with this worker's settings."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=environment)

    return run


def test_an_entry_says_who_did_what_to_whom(
    app: App, mina: Person, admin: Person, clock: FixedClock, owner_engine: sa.Engine
) -> None:
    with app.work() as services:
        services[AuditLog].note(admin.id, "warn", Ref("member", mina.id), reason="스팸")
    with owner_engine.connect() as connection:
        entry = connection.execute(sa.select(AuditEntry.__table__)).one()
    assert (entry.actor_id, entry.action, entry.subject_kind, entry.subject_id) == (
        admin.id,
        "warn",
        "member",
        mina.id,
    )
    assert (entry.details, entry.occurred_at) == ({"reason": "스팸"}, clock.now())


def test_what_is_undone_leaves_no_entry(app: App, mina: Person, owner_engine: sa.Engine) -> None:
    def fail_after_banning() -> None:
        with app.work() as services:
            services[AccountService].ban(mina.id, "Spam", by=None)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail_after_banning()
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 0


@pytest.mark.parametrize("statement", [sa.update(AuditEntry).values(action="x"), sa.delete(AuditEntry)])
def test_the_app_itself_cannot_change_an_entry(
    app: App, mina: Person, statement: sa.Update | sa.Delete
) -> None:
    with app.work() as services:
        services[AuditLog].note(None, "warn", Ref("member", mina.id))
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), app.work() as services:
        services[Session].execute(statement)


def test_the_command_lists_the_newest_first(
    app: App, plaza: Callable[..., Result], mina: Person, joon: Person, admin: Person, clock: FixedClock
) -> None:
    with app.work() as services:
        accounts = services[AccountService]
        accounts.ban(mina.id, "Spam", by=admin.id)
        clock.moment += timedelta(minutes=1)
        accounts.ban(joon.id, "Spam", by=None)
    lines = plaza("audit").output.splitlines()
    assert [("admin" in line, "command line" in line) for line in lines] == [(False, True), (True, False)]
    assert f"ban  member:{joon.id}" in lines[0]
    assert '{"reason": "Spam"}' in lines[0]
    assert plaza("audit", "--limit", "1").output.splitlines() == lines[:1]
    assert plaza("audit", "--member", "@mina").output.splitlines() == lines[1:]
    assert plaza("audit", "--member", "mina@example.com").output.splitlines() == lines[1:]
    assert plaza("audit", "--member", "@nobody").exit_code == 1


def test_an_operator_suspends_and_bans_and_lifts_it(
    app: App, api: Api, plaza: Callable[..., Result], mina: Person, joon: Person
) -> None:
    def code(person: Person) -> str:
        return str(api.call("GET", "/auth/me", person).json.get("error", {}).get("code"))

    assert plaza("user", "suspend", "@MINA", "--days", "7", "--reason", "Spam").exit_code == 0
    assert plaza("user", "ban", str(joon.id), "--reason", "Spam").exit_code == 0
    with app.reading() as services:
        until = services[Session].scalar(sa.select(Account.suspended_until).where(Account.id == mina.id))
    assert until is not None
    assert timedelta(days=6, hours=23) < until - app.clock.now() < timedelta(days=7)
    assert (code(mina), code(joon)) == ("ACCOUNT_SUSPENDED", "ACCOUNT_BANNED")
    assert plaza("user", "unsuspend", "mina@example.com").exit_code == 0
    assert plaza("user", "unban", "@joon").exit_code == 0
    login = {"email": "mina@example.com", "password": "a good password"}
    api.post("/auth/login", login, status=200)
    actions = [line.split("  ")[2] for line in plaza("audit").output.splitlines()]
    assert actions == ["lift_ban", "lift_suspension", "ban", "suspend"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("suspend", "@nobody", "--days", "1", "--reason", "x"),
        ("suspend", "@mina", "--reason", "x"),
        ("suspend", "@mina", "--days", "1", "--until", "2099-01-01", "--reason", "x"),
        ("suspend", "@mina", "--until", "2001-01-01", "--reason", "x"),
        ("unsuspend", "@mina"),
        ("unban", "@mina"),
        ("ban", "@mina"),
    ],
)
def test_what_an_operator_got_wrong_is_said(
    plaza: Callable[..., Result], mina: Person, arguments: tuple[str, ...]
) -> None:
    result = plaza("user", *arguments)
    assert result.exit_code in (1, 2)
    assert "Error: " in result.output
    assert plaza("audit").output == ""
