"""What a member reports of a talk with a stranger, and what follows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.matching.conftest import enter, look, speak
from web.core.app import App
from web.core.clock import FixedClock
from web.core.events import Event
from web.core.personal_data import Eraser
from web.matching.events import MatchEnded
from web.matching.line import WaitingLine
from web.matching.matches import IDLE, Matches
from web.matching.models import MatchReport
from web.matching.my_data import MatchReportRecord, reports
from web.matching.policy import PAUSES, paused_until
from web.matching.reports import KEPT

SPAM = {"reason": "spam"}


def kept(app: App) -> list[MatchReport]:
    with app.reading() as services:
        return list(services[Session].scalars(sa.select(MatchReport).order_by(MatchReport.created_at)))


def evidence_of(message: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: message[name] for name in ("seat", "body", "sent_at", "proof")} | changes


def copy_of(app: App, who: Person) -> list[MatchReportRecord]:
    with app.work() as services:
        return list(reports(services, who.id))


def test_moderators_see_what_the_reporter_shows_and_whether_it_was_said(
    app: App, api: Api, mina: Person, joon: Person, match_id: UUID
) -> None:
    asked = speak(app, mina, match_id, "message", body="where are you from?")["message"]
    rude = speak(app, joon, match_id, "message", body="none of your business")["message"]
    invented = evidence_of(rude, body="something much worse")
    unproven = {"seat": "b", "body": "and this"}
    stolen = evidence_of(rude, seat="a")
    body = {
        "reason": "harassment",
        "note": "rude",
        "evidence": [evidence_of(asked), evidence_of(rude), invented, unproven, stolen],
    }
    answer = api.post(f"/matching/{match_id}/report", body, mina)
    assert answer["proven"] == 2
    [report] = kept(app)
    assert (report.reporter_id, report.reported_id, report.reason) == (mina.id, joon.id, "harassment")
    assert [(each["said_by"], each["body"], each["proven"]) for each in report.evidence] == [
        ("reporter", "where are you from?", True),
        ("reported", "none of your business", True),
        ("reported", "something much worse", False),
        ("reported", "and this", False),
        ("reporter", "none of your business", False),
    ]


def test_without_evidence_nothing_of_the_talk_is_kept(
    app: App, api: Api, mina: Person, joon: Person, match_id: UUID
) -> None:
    speak(app, joon, match_id, "message", body="none of your business")
    api.post(f"/matching/{match_id}/report", SPAM, mina)
    assert kept(app)[0].evidence == []


def test_a_report_ends_the_match_and_pauses_the_reported(
    app: App,
    api: Api,
    clock: FixedClock,
    emitted: Callable[..., list[Event]],
    mina: Person,
    joon: Person,
    match_id: UUID,
) -> None:
    api.post(f"/matching/{match_id}/report", SPAM, mina)
    assert [event.reason for event in emitted() if isinstance(event, MatchEnded)] == ["reported"]
    error = api.post("/matching/queue", None, joon, status=403)["error"]
    until = clock.moment + PAUSES[0]
    assert (error["code"], error["details"]) == ("MATCHING_PAUSED", {"until": until.isoformat()})
    skipped = api.post(f"/matching/{match_id}/skip", None, joon, status=200)
    assert (skipped["status"], skipped["position"]) == ("idle", None)
    assert skipped["paused_until"] is not None
    assert enter(app, mina).status == "waiting"
    clock.moment = until
    # They are kept apart for longer than the hour of those who only had enough of each other.
    clock.moment += timedelta(hours=2)
    enter(app, mina)
    assert enter(app, joon).status == "waiting"


def test_who_waits_already_does_not_meet_whom_they_report(
    app: App, api: Api, clock: FixedClock, mina: Person, joon: Person, match_id: UUID
) -> None:
    clock.moment += IDLE
    look(app)  # quiet for too long: they have not had enough of each other
    assert enter(app, mina).status == "waiting"
    api.post(f"/matching/{match_id}/report", SPAM, mina)
    clock.moment += PAUSES[0]
    with app.reading() as services:
        services[WaitingLine].stay(mina.id)
    assert enter(app, joon).status == "waiting"
    look(app)
    assert [api.get("/matching/queue", who)["status"] for who in (mina, joon)] == ["waiting", "waiting"]


def test_reporting_twice_is_reporting_once_and_also_after_the_end(
    app: App, api: Api, mina: Person, joon: Person, match_id: UUID
) -> None:
    api.delete(f"/matching/{match_id}", joon)
    first = api.post(f"/matching/{match_id}/report", SPAM, mina)
    again = api.post(f"/matching/{match_id}/report", {"reason": "hate"}, mina)
    assert first == again
    assert len(kept(app)) == 1


def test_only_the_two_may_report_and_not_for_ever(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, match_id: UUID
) -> None:
    api.post(f"/matching/{match_id}/report", SPAM, sora, status=404)
    with app.work() as services:
        app.valkey.client.delete(services[Matches].key(match_id))  # what happens after 15 minutes
    api.post(f"/matching/{match_id}/report", SPAM, mina, status=404)
    assert kept(app) == []


def test_the_more_report_somebody_the_longer_the_pause(
    app: App, api: Api, clock: FixedClock, joon: Person
) -> None:
    for number, pause in enumerate(PAUSES):
        reporter = make_person(app, f"reporter{number}")
        enter(app, joon)
        match = enter(app, reporter).match
        assert match is not None
        api.post(f"/matching/{match.session_id}/report", SPAM, reporter)
        details = api.post("/matching/queue", None, joon, status=403)["error"]["details"]
        assert details["until"] == (clock.moment + pause).isoformat()
        clock.moment += pause
    assert enter(app, joon).status == "waiting"


def test_pauses() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert paused_until(0, None) is None
    assert [paused_until(count, moment) for count in (1, 2, 3, 9)] == [
        moment + pause for pause in (*PAUSES, PAUSES[-1])
    ]


def test_somebody_who_waits_while_they_are_reported_waits_no_more(
    app: App, api: Api, mina: Person, joon: Person, match_id: UUID
) -> None:
    api.post(f"/matching/{match_id}/skip", None, joon, status=200)
    api.post(f"/matching/{match_id}/report", SPAM, mina)
    assert api.get("/matching/queue", joon)["status"] == "idle"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "dislike"},
        {"reason": "spam", "note": "x" * 1001},
        {"reason": "spam", "evidence": [{"seat": "c", "body": "x"}]},
        {"reason": "spam", "evidence": [{"seat": "a", "body": "x"}] * 51},
        {"reason": "spam", "evidence": [{"seat": "a", "body": "x", "proof": "ü" * 65}]},
    ],
)
def test_a_report_that_is_none_is_refused(api: Api, mina: Person, match_id: UUID, body: Any) -> None:
    api.post(f"/matching/{match_id}/report", body, mina, status=422)


def test_a_proof_in_other_letters_proves_nothing(api: Api, mina: Person, match_id: UUID) -> None:
    evidence = [{"seat": "a", "body": "x", "sent_at": "now", "proof": "ü" * 43}]
    body = {"reason": "spam", "evidence": evidence}
    assert api.post(f"/matching/{match_id}/report", body, mina)["proven"] == 0


def test_the_copy_of_the_reported_does_not_tell_who_reported(
    app: App, api: Api, mina: Person, joon: Person, match_id: UUID
) -> None:
    body = {"reason": "spam", "note": "my words", "evidence": [{"seat": "b", "body": "buy"}]}
    api.post(f"/matching/{match_id}/report", body, mina)
    [made], [received] = copy_of(app, mina), copy_of(app, joon)
    assert (made.direction, made.note, made.evidence and made.evidence[0]["body"]) == (
        "made",
        "my words",
        "buy",
    )
    assert (received.direction, received.reason, received.note, received.evidence) == (
        "received",
        "spam",
        None,
        None,
    )
    assert str(mina.id) not in received.model_dump_json()


@pytest.mark.parametrize("who", ["mina", "joon"])
def test_a_report_goes_with_either_of_the_two(
    app: App, api: Api, mina: Person, joon: Person, match_id: UUID, who: str
) -> None:
    api.post(f"/matching/{match_id}/report", SPAM, mina)
    eraser: Eraser = next(each for each in app.personal_data.erasers if each.feature == "matching")
    with app.work() as services:
        eraser.erase(services, (mina if who == "mina" else joon).id, False)
    assert kept(app) == []


def test_old_reports_are_deleted(app: App, api: Api, clock: FixedClock, mina: Person, match_id: UUID) -> None:
    api.post(f"/matching/{match_id}/report", SPAM, mina)
    for passed, left in ((KEPT, 1), (timedelta(seconds=1), 0)):
        clock.moment += passed
        with app.work() as services:
            app.jobs["matching.clean_up"].body(services)
        assert len(kept(app)) == left
