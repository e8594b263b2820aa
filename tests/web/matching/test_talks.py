"""What two strangers say to each other, and how they part."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.matching.conftest import Hear, caller, enter, look, speak
from tests.web.together import together
from web.accounts.models import Account
from web.accounts.service import AccountService
from web.core.app import App
from web.core.clock import FixedClock
from web.core.errors import DomainError, NotFound
from web.core.events import Event
from web.core.topics import Facts
from web.core.wording import ContentRefused
from web.matching.errors import AdultsOnly, MatchOver
from web.matching.events import MatchEnded, MatchStarted
from web.matching.matches import IDLE, Matches
from web.matching.service import MatchingService

Emitted = Callable[..., list[Event]]


def follow(app: App, who: Person, topic: str, topic_id: UUID) -> Facts:
    with app.reading() as services:
        return app.topics[topic].enter(services, caller(who), topic_id)


def state_of(app: App, who: Person) -> str:
    with app.reading() as services:
        return services[MatchingService].state(who.id).status


def leave(app: App, who: Person, match_id: UUID) -> None:
    leaves = app.topics["match"].leave
    assert leaves is not None
    with app.work() as services:
        leaves(services, caller(who), match_id)


def test_what_one_says_the_other_gets_without_a_name(
    app: App, hear: Hear, mina: Person, joon: Person, match_id: UUID
) -> None:
    ear = hear(f"match:{match_id}")
    answer = speak(app, joon, match_id, "message", body=" hello ", client_id="x1")
    [published] = ear.told()
    assert published.but == "here"
    assert published.frame is not None
    said = answer["message"]
    assert (said["seat"], said["body"], said["client_id"]) == ("b", "hello", "x1")
    assert said["body"].encode() in published.frame
    for who in (mina, joon):
        assert str(who.id).encode() not in published.frame
        assert who.username.encode() not in published.frame


def test_words_that_nobody_should_read_do_not_pass(
    app: App, hear: Hear, joon: Person, match_id: UUID
) -> None:
    ear = hear(f"match:{match_id}")
    with pytest.raises(ContentRefused):
        speak(app, joon, match_id, "message", body="you FAGGOT")
    assert ear.frames() == []


def test_typing_names_nobody(app: App, hear: Hear, joon: Person, match_id: UUID) -> None:
    ear = hear(f"match:{match_id}")
    speak(app, joon, match_id, "typing")
    speak(app, joon, match_id, "typing")
    [(event, data)] = ear.frames()
    assert (event, data["is_typing"], data["seat"], data["user_id"]) == ("typing", True, "b", None)


@pytest.mark.parametrize("event", ["message", "typing", "signal"])
def test_others_are_as_if_there_were_no_match(app: App, sora: Person, match_id: UUID, event: str) -> None:
    data = {"message": {"body": "hi"}, "typing": {}, "signal": {"type": "hangup"}}[event]
    with pytest.raises(NotFound):
        speak(app, sora, match_id, event, **data)
    with pytest.raises(NotFound):
        follow(app, sora, "match", match_id)


def test_who_comes_is_told_to_the_other_once(
    app: App, hear: Hear, mina: Person, joon: Person, match_id: UUID
) -> None:
    ear = hear(f"match:{match_id}")
    facts = follow(app, mina, "match", match_id)
    follow(app, mina, "match", match_id)  # as the hub does every half minute
    assert (facts["seat"], facts["ice"]["policy"], facts["partner_present"]) == ("a", "relay", False)
    [published] = ear.told()
    assert published.only == {joon.id}
    assert published.frame is not None
    assert b"match.partner_joined" in published.frame
    # Who comes now has missed that, and no hub has written down yet who is there.
    assert follow(app, joon, "match", match_id)["partner_present"]


def test_a_member_follows_their_own_place_only(app: App, mina: Person, joon: Person) -> None:
    assert follow(app, mina, "matching", mina.id)["status"] == "idle"
    with pytest.raises(NotFound):
        follow(app, mina, "matching", joon.id)


def test_who_was_matched_and_does_not_come_is_told_again(
    app: App, clock: FixedClock, hear: Hear, mina: Person, joon: Person, match_id: UUID
) -> None:
    clock.moment += timedelta(seconds=30)
    ear = hear(f"matching:{mina.id}")
    assert follow(app, mina, "matching", mina.id)["status"] == "matched"
    assert [event for event, _ in ear.frames()] == ["match.found"]
    follow(app, mina, "match", match_id)
    follow(app, mina, "matching", mina.id)
    assert ear.frames() == []


def test_when_both_are_gone_it_is_over(
    app: App, clock: FixedClock, emitted: Emitted, mina: Person, joon: Person, match_id: UUID
) -> None:
    clock.moment += timedelta(seconds=90)
    leave(app, mina, match_id)  # and nobody follows: no hub wrote anybody down
    leave(app, joon, match_id)
    assert emitted() == [MatchStarted(), MatchEnded(seconds=90, reason="left", revealed=False)]
    with pytest.raises(NotFound):
        follow(app, joon, "match", match_id)


def test_nobody_waits_for_ever_for_who_never_came_or_went_for_good(
    app: App, clock: FixedClock, hear: Hear, emitted: Emitted, mina: Person, joon: Person, match_id: UUID
) -> None:
    ear = hear(f"match:{match_id}")
    follow(app, mina, "match", match_id)
    clock.moment += IDLE - timedelta(seconds=1)
    follow(app, mina, "match", match_id)  # alone, which keeps nothing
    clock.moment += timedelta(seconds=2)
    look(app)
    assert ear.frames()[-1] == ("match.ended", {"reason": "idle"})
    assert emitted()[-1] == MatchEnded(seconds=121, reason="idle", revealed=False)
    assert enter(app, mina).status == "waiting"


def test_a_talk_goes_on_while_both_are_there_and_a_while_after_one_has_gone(
    app: App, clock: FixedClock, mina: Person, joon: Person, match_id: UUID
) -> None:
    for _ in range(3):
        clock.moment += IDLE - timedelta(seconds=1)
        for person in (mina, joon):
            follow(app, person, "match", match_id)
    with app.work() as services:
        matches = services[Matches]
        match = matches.find(match_id, joon.id)
        assert match is not None
        matches.leave(match, joon.id)  # and Mina stays
    clock.moment += IDLE - timedelta(seconds=1)
    follow(app, mina, "match", match_id)
    look(app)
    assert state_of(app, mina) == "matched"
    clock.moment += timedelta(seconds=1)
    look(app)
    assert state_of(app, mina) == "idle"


def test_who_gives_no_sign_for_long_is_parted(
    app: App, clock: FixedClock, hear: Hear, emitted: Emitted, mina: Person, joon: Person, match_id: UUID
) -> None:
    ear = hear(f"match:{match_id}")
    clock.moment += IDLE - timedelta(seconds=1)
    follow(app, mina, "match", match_id)
    follow(app, joon, "match", match_id)  # both were there
    clock.moment += timedelta(seconds=2)
    look(app)
    assert "match.ended" not in [event for event, _ in ear.frames()]
    clock.moment += IDLE
    look(app)
    told = ear.told()
    assert [published.dismissed for published in told[-2:]] == [mina.id, joon.id]
    assert emitted()[-1] == MatchEnded(seconds=241, reason="idle", revealed=False)
    # It was nobody's wish, so they may meet again.
    enter(app, mina)
    assert enter(app, joon).status == "matched"


def test_what_is_over_is_over(app: App, api: Api, mina: Person, joon: Person, match_id: UUID) -> None:
    api.delete(f"/matching/{match_id}", mina)
    api.delete(f"/matching/{match_id}", mina, status=404)
    with pytest.raises(MatchOver):
        speak(app, joon, match_id, "message", body="are you there?")
    error = api.post(f"/matching/{match_id}/reveal", None, joon, status=409)["error"]
    assert error["code"] == "MATCH_OVER"
    assert api.get("/matching/queue", joon)["status"] == "idle"


def test_who_skips_waits_for_the_next_and_not_for_the_same_within_an_hour(
    app: App, api: Api, clock: FixedClock, hear: Hear, mina: Person, joon: Person, match_id: UUID
) -> None:
    ear = hear(f"match:{match_id}")
    state = api.post(f"/matching/{match_id}/skip", None, mina, status=200)
    assert (state["status"], state["position"]) == ("waiting", 1)
    assert ear.frames() == [("match.ended", {"reason": "left"})]
    assert enter(app, joon).status == "waiting"
    clock.moment += timedelta(minutes=59)
    enter(app, mina)
    assert enter(app, joon).status == "waiting"
    clock.moment += timedelta(minutes=2)
    enter(app, mina)
    assert enter(app, joon).status == "matched"


def test_who_was_skipped_skips_as_well_and_gets_another(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, match_id: UUID
) -> None:
    api.post(f"/matching/{match_id}/skip", None, mina, status=200)
    state = api.post(f"/matching/{match_id}/skip", None, joon, status=200)
    assert (state["status"], state["waiting"]) == ("waiting", 2)
    assert enter(app, sora).status == "matched"
    assert api.get("/matching/queue", mina)["status"] == "matched"
    assert api.get("/matching/queue", joon)["status"] == "waiting"


def test_both_show_themselves_and_go_on_in_a_conversation(
    app: App, api: Api, hear: Hear, emitted: Emitted, mina: Person, joon: Person, match_id: UUID
) -> None:
    with app.work() as services:  # whom she does not know may not write to her
        services[Session].execute(sa.update(Account).values(who_can_send_messages="friends_only"))
    ear = hear(f"match:{match_id}")
    for _ in range(2):
        first = api.post(f"/matching/{match_id}/reveal", None, mina, status=200)
    assert first == {"revealed": True, "partner_revealed": False, "conversation_id": None}
    assert ear.frames() == [("match.reveal_asked", {"seat": "a"})]
    second = api.post(f"/matching/{match_id}/reveal", None, joon, status=200)
    assert ear.frames() == [("match.revealed", {"conversation_id": second["conversation_id"]})]
    for who in (mina, joon):
        assert api.get(f"/conversations/{second['conversation_id']}", who)["id"] == second["conversation_id"]
    sent = {"client_id": str(uuid4()), "body": "so it is you"}
    api.post(f"/conversations/{second['conversation_id']}/messages", sent, joon)
    api.delete(f"/matching/{match_id}", joon)
    assert [event.revealed for event in emitted() if isinstance(event, MatchEnded)] == [True]


def test_both_show_themselves_at_once(app: App, api: Api, mina: Person, joon: Person, match_id: UUID) -> None:
    def show(who: Person) -> Any:
        return api.post(f"/matching/{match_id}/reveal", None, who, status=200)["conversation_id"]

    answers = together([lambda: show(mina), lambda: show(joon)])
    known = {answer for answer in answers if answer}
    assert len(known) == 1
    assert {show(mina), show(joon)} == known


def test_a_block_parts_them(
    app: App, api: Api, hear: Hear, emitted: Emitted, mina: Person, joon: Person, match_id: UUID
) -> None:
    ear = hear(f"match:{match_id}")
    api.put(f"/users/{joon.id}/block", mina)
    assert ear.frames() == [("match.ended", {"reason": "left"})]
    assert [event.reason for event in emitted() if isinstance(event, MatchEnded)] == ["apart"]
    enter(app, joon)
    assert enter(app, mina).status == "waiting"


@pytest.mark.parametrize("blocker", ["mina", "joon"])
@pytest.mark.parametrize("when", ["before", "while one waits"])
def test_who_blocks_or_is_blocked_is_never_found(
    app: App, api: Api, mina: Person, joon: Person, blocker: str, when: str
) -> None:
    one, other = (mina, joon) if blocker == "mina" else (joon, mina)
    if when == "before":
        api.put(f"/users/{other.id}/block", one)
    enter(app, mina)
    if when != "before":
        api.put(f"/users/{other.id}/block", one)
    assert enter(app, joon).status == "waiting"
    look(app)
    assert api.get("/matching/queue", mina)["status"] == "waiting"


def test_who_is_shut_out_is_nowhere(
    app: App,
    clock: FixedClock,
    hear: Hear,
    mina: Person,
    joon: Person,
    sora: Person,
    admin: Person,
    match_id: UUID,
) -> None:
    enter(app, sora)
    ear = hear(f"match:{match_id}")
    with app.work() as services:
        for who in (mina, sora):
            services[AccountService].suspend(who.id, clock.moment + timedelta(days=1), "spam", admin.id)
    assert ear.frames() == [("match.ended", {"reason": "left"})]
    assert enter(app, joon).status == "waiting"


def test_it_is_for_adults(app: App, api: Api, clock: FixedClock, mina: Person, joon: Person) -> None:
    birthday = clock.moment.date().replace(year=clock.moment.year - 18)
    with app.work() as services:
        tomorrow = birthday + timedelta(days=1)
        services[Session].execute(sa.update(Account).where(Account.id == joon.id).values(birth_date=birthday))
        services[Session].execute(sa.update(Account).where(Account.id == mina.id).values(birth_date=tomorrow))
    assert api.post("/matching/queue", None, joon, status=200)["status"] == "waiting"
    assert api.post("/matching/queue", None, mina, status=403)["error"]["code"] == "ADULTS_ONLY"
    with pytest.raises(AdultsOnly):
        follow(app, mina, "matching", mina.id)


def test_going_on_to_the_next_is_for_adults_too(app: App, api: Api, mina: Person, match_id: UUID) -> None:
    with app.work() as services:  # it was a slip of the pen
        born = sa.update(Account).where(Account.id == mina.id).values(birth_date=app.clock.now().date())
        services[Session].execute(born)
    refused = api.post(f"/matching/{match_id}/skip", None, mina, status=403)
    assert refused["error"]["code"] == "ADULTS_ONLY"
    api.delete(f"/matching/{match_id}", mina)  # but they may leave


@pytest.mark.parametrize(
    "body",
    [
        {"speaks": ["xx-klingon"]},
        {"speaks": "ko"},
        {"interests": [""]},
        {"interests": ["x"] * 50},
        {"age": 30},
        [],
    ],
)
def test_a_wish_that_is_none_is_refused(api: Api, mina: Person, body: Any) -> None:
    assert api.post("/matching/queue", body, mina, status=422)["error"]["code"] == "VALIDATION_FAILED"


@pytest.mark.parametrize(
    "data", [{}, {"body": ""}, {"body": "x" * 2001}, {"body": 1}, {"body": "x", "to": "y"}]
)
def test_a_message_that_is_none_is_refused(
    app: App, hear: Hear, mina: Person, match_id: UUID, data: dict[str, Any]
) -> None:
    ear = hear(f"match:{match_id}")
    with pytest.raises((ValueError, DomainError)):
        speak(app, mina, match_id, "message", **data)
    assert ear.frames() == []


def test_a_match_is_remembered_for_reports_and_then_gone(app: App, mina: Person, match_id: UUID) -> None:
    with app.work() as services:
        matches = services[Matches]
        assert matches.end(match_id)
        assert 0 < app.valkey.client.ttl(matches.key(match_id)) <= 15 * 60
        assert app.valkey.client.exists(matches.seats, matches.open) == 0
