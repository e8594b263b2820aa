"""The demo community in a database."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from pipelines.demo.fill import NotEmpty, fill
from tests.conftest import empty_tables
from tests.pipelines.audit import fingerprints, wrong_counters
from web.accounts.events import MemberJoined, MemberLoggedIn
from web.accounts.models import Account, Email
from web.cli.demo import demo
from web.content.events import ContentCommented, ContentLiked, ContentPosted
from web.core.events import EVENTS
from web.core.models import EventRow
from web.core.passwords import verify_password
from web.graph.events import MemberFollowed
from web.messaging.events import MessageSent

AS_OF = date(2026, 5, 18)
DECLARED = {
    event.name
    for event in (
        *(MemberJoined, MemberLoggedIn, MemberFollowed, MessageSent),
        *(ContentPosted, ContentLiked, ContentCommented),
    )
}
# Pseudonyms and salts must not be guessed; the log says when it was written.
RANDOM = ("member_keys.member_key", "accounts.password_hash", "events.recorded_at", "events.xid")


def test_the_same_seed_and_day_give_the_same_rows(web_engine: sa.Engine, owner_engine: sa.Engine) -> None:
    fill(web_engine, as_of=AS_OF, members=40, seed=1)
    once = fingerprints(web_engine, without=RANDOM)
    empty_tables(owner_engine)
    fill(web_engine, as_of=AS_OF, members=40, seed=1)
    assert fingerprints(web_engine, without=RANDOM) == once
    empty_tables(owner_engine)
    fill(web_engine, as_of=AS_OF, members=40, seed=2)
    assert fingerprints(web_engine, without=RANDOM)["content"] != once["content"]


def test_counters_events_and_local_days(web_engine: sa.Engine) -> None:
    filled = fill(web_engine, as_of=AS_OF, members=200)
    assert wrong_counters(web_engine) == {}
    with web_engine.connect() as connection:
        by_name = connection.execute(sa.text("SELECT name, count(*) AS n FROM events GROUP BY 1")).all()
        events = {row.name: row.n for row in by_name}
        counts = filled.counts
        assert events == {
            "member_joined": counts["members"],
            "member_logged_in": counts["logins"],
            "member_followed": counts["follows"],
            "content_posted": counts["posts"],
            "content_liked": counts["likes"],
            "content_commented": counts["comments"],
            "message_sent": counts["messages"],
        }
        first, last = connection.execute(
            sa.text("SELECT min(occurred_at), max(occurred_at) FROM events")
        ).one()
        assert first >= datetime(2026, 3, 19, tzinfo=UTC)
        assert last < datetime(2026, 5, 18, tzinfo=UTC)
        other_days = sa.text(
            "SELECT count(*) FROM events e JOIN accounts a ON a.id = e.actor_id"
            " WHERE e.local_day <> (e.occurred_at AT TIME ZONE a.zone)::date"
        )
        assert connection.scalar(other_days) == 0
        assert connection.scalar(sa.text("SELECT count(*) FROM jobs")) == 0
        abroad = "SELECT count(*) FROM events WHERE local_day <> (occurred_at AT TIME ZONE 'UTC')::date"
        assert (connection.scalar(sa.text(abroad)) or 0) > 0


def test_events_are_those_of_live_traffic(web_engine: sa.Engine) -> None:
    """Each reads as the class that its feature declares, with nothing missing and nothing more."""
    fill(web_engine, as_of=AS_OF, members=30)
    columns = (EventRow.name, EventRow.version, EventRow.actor_id, EventRow.data)
    with web_engine.connect() as connection:
        rows = connection.execute(sa.select(*columns)).all()
    for row in rows:
        event = EVENTS[row.name].from_data(row.data)
        assert event.data() == row.data
        assert (event.version, event.actor_id) == (row.version, row.actor_id)
    assert {row.name for row in rows} <= DECLARED
    assert any(row.data["parent_author_id"] for row in rows if row.name == "content_commented")


def test_only_the_demo_member_can_log_in(web_engine: sa.Engine) -> None:
    filled = fill(web_engine, as_of=AS_OF, members=30, password="open sesame")
    with web_engine.connect() as connection:
        logins = connection.execute(
            sa.select(Account.username, Account.password_hash, Email.address)
            .join(Email, Email.account_id == Account.id)
            .where(Account.password_hash.is_not(None))
        ).all()
        assert [(login.username, login.address) for login in logins] == [("demo", filled.email)]
        assert verify_password(logins[0].password_hash, "open sesame")


def test_a_community_is_not_mixed_with_another(web_engine: sa.Engine) -> None:
    fill(web_engine, as_of=AS_OF, members=10)
    before = fingerprints(web_engine)
    with pytest.raises(NotEmpty):
        fill(web_engine, as_of=AS_OF, members=10, seed=9)
    assert fingerprints(web_engine) == before


@pytest.fixture
def call(
    environment: dict[str, str], web_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Run the command; answers its exit code and what it printed."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(demo, arguments)
        return result.exit_code, result.output

    return run


def test_the_command_prints_the_login_and_refuses_a_second_time(
    call: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLAZA_DEMO_PASSWORD", raising=False)
    code, output = call("--members", "10", "--as-of", "2026-05-18")
    assert code == 0, output
    assert "Log in as demo@plaza.example with the password plaza-demo" in output
    code, output = call("--members", "10")
    assert (code, "only an empty one" in output) == (1, True)


def test_the_command_refuses_production(
    call: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAZA_ENV", "production")
    monkeypatch.setenv("PLAZA_PUBLIC_URL", "https://plaza.example")
    monkeypatch.setenv("PLAZA_SMTP_URL", "smtp://127.0.0.1:1")
    code, output = call("--members", "10")
    assert (code, "not for production" in output) == (1, True)


def test_the_command_refuses_the_future_and_says_when_the_database_is_away(
    call: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, output = call("--as-of", "2999-01-01")
    assert (code, "future" in output) == (2, True)
    monkeypatch.setenv("PLAZA_DATABASE_URL", "postgresql://plaza_web:x@127.0.0.1:1/plaza")
    code, output = call("--members", "10")
    assert (code, "the database refused" in output, "Traceback" in output) == (1, True, False)
