"""Who is matched with whom, and when."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.factories import Person, make_person
from tests.web.matching.conftest import Hear, enter, look
from tests.web.statements import sent
from web.accounts.schemas import ProfileChange
from web.accounts.service import AccountService
from web.core.app import App
from web.core.clock import FixedClock
from web.core.events import Event
from web.graph.service import GraphService
from web.matching.events import MatchStarted
from web.matching.line import STAYS, Found, WaitingLine, Wish
from web.matching.schemas import MatchingState
from web.matching.service import MatchingService

KOREAN = {"speaks": ["ko"], "learns": ["en"]}
ENGLISH = {"speaks": ["en-GB"], "learns": ["ko"]}


def state(app: App, who: Person) -> MatchingState:
    with app.reading() as services:
        return services[MatchingService].state(who.id)


def leave(app: App, who: Person) -> None:
    with app.work() as services:
        services[MatchingService].leave(who.id)


def pass_time(app: App, clock: FixedClock, *people: Person, seconds: float) -> None:
    """Time goes by, and those people give signs of life meanwhile."""
    for _ in range(10):
        clock.moment += timedelta(seconds=seconds / 10)
        for who in people:
            state(app, who)


def are_together(app: App, one: Person, other: Person) -> bool:
    matches = [state(app, who).match for who in (one, other)]
    return (
        matches[0] is not None and matches[1] is not None and matches[0].session_id == matches[1].session_id
    )


def test_two_who_wait_are_matched(
    app: App, mina: Person, joon: Person, emitted: Callable[..., list[Event]]
) -> None:
    assert enter(app, mina) == MatchingState(status="waiting", position=1, waiting=1)
    assert enter(app, joon).status == "matched"
    assert are_together(app, mina, joon)
    seats = [match.seat for who in (mina, joon) if (match := state(app, who).match)]
    assert seats == ["a", "b"]
    assert emitted() == [MatchStarted()]


def test_nobody_is_matched_with_themselves(app: App, mina: Person) -> None:
    for _ in range(2):
        assert enter(app, mina) == MatchingState(status="waiting", position=1, waiting=1)
    look(app)
    assert state(app, mina).status == "waiting"


def test_who_came_first_is_matched_first(app: App, clock: FixedClock, mina: Person, joon: Person) -> None:
    sora = make_person(app, "sora")
    enter(app, mina, **KOREAN)
    clock.moment += timedelta(seconds=1)
    assert enter(app, sora, **KOREAN).position == 2
    clock.moment += timedelta(seconds=1)
    enter(app, joon, **ENGLISH)
    assert are_together(app, mina, joon)
    assert state(app, sora) == MatchingState(status="waiting", position=1, waiting=1)


def test_another_wish_keeps_the_place(app: App, clock: FixedClock, mina: Person, joon: Person) -> None:
    enter(app, mina, speaks=["ko"], learns=["fr"])
    clock.moment += timedelta(seconds=1)
    enter(app, joon, speaks=["ja"], learns=["fr"])
    assert enter(app, mina, **KOREAN).position == 1


def test_what_the_profile_says_is_the_wish(app: App, mina: Person, joon: Person) -> None:
    for who, speaks, learns in ((mina, "ko", "en"), (joon, "en-US", "ko")):
        with app.work() as services:
            change = {"native_languages": [speaks], "target_languages": [learns], "interests": ["tea"]}
            services[AccountService].change(who.id, ProfileChange.model_validate(change))
    enter(app, mina)
    match = enter(app, joon).match
    assert match is not None
    assert (match.languages, match.interests) == (["en", "ko"], ["tea"])


@pytest.mark.parametrize(
    ("one", "other", "seconds"),
    [
        (KOREAN | {"interests": ["tea"]}, ENGLISH | {"interests": ["tea", "go"]}, 0),
        (KOREAN | {"interests": ["tea"]}, ENGLISH | {"interests": []}, 0),
        (KOREAN | {"interests": ["tea"]}, ENGLISH | {"interests": ["go"]}, 10),
        (KOREAN, {"speaks": ["en"], "learns": ["ja"]}, 20),
        (KOREAN, {"speaks": ["ko"], "learns": ["ja"]}, 20),
        (KOREAN, {"speaks": ["ja"], "learns": ["fr"]}, 40),
        ({"speaks": ["ko"]}, {"speaks": ["ja"]}, 40),
        ({}, {}, 0),
    ],
)
def test_one_insists_for_a_while(
    app: App, clock: FixedClock, mina: Person, joon: Person, one: dict, other: dict, seconds: int
) -> None:
    enter(app, mina, **one)
    enter(app, joon, **other)
    if seconds:
        pass_time(app, clock, mina, joon, seconds=seconds - 0.5)
        look(app)
        assert state(app, mina).status == "waiting"
        clock.moment += timedelta(seconds=0.6)
        look(app)
    assert are_together(app, mina, joon)


def test_who_has_just_come_is_not_hurried_by_the_patience_of_another(
    app: App, clock: FixedClock, mina: Person, joon: Person
) -> None:
    enter(app, mina, **KOREAN)
    pass_time(app, clock, mina, seconds=60)
    assert enter(app, joon, speaks=["ja"], learns=["fr"]).status == "waiting"


def test_who_gives_no_sign_of_life_loses_the_place(
    app: App, clock: FixedClock, mina: Person, joon: Person
) -> None:
    enter(app, mina)
    clock.moment += STAYS + timedelta(seconds=1)
    assert state(app, mina).status == "idle"
    assert enter(app, joon) == MatchingState(status="waiting", position=1, waiting=1)


def test_nobody_waits_for_so_long_that_a_block_is_forgotten(
    app: App, clock: FixedClock, mina: Person, joon: Person
) -> None:
    with app.work() as services:
        services[GraphService].block(joon.id, mina.id)
    for who in (mina, joon):
        assert enter(app, who).status == "waiting"
    clock.moment += timedelta(hours=25)  # on a page that was left open, which gives its signs of life
    with app.reading() as services:
        for who in (mina, joon):
            services[WaitingLine].stay(who.id)
    look(app)
    assert [state(app, who).status for who in (mina, joon)] == ["idle", "idle"]
    assert enter(app, mina).status == enter(app, joon).status == "waiting"


def test_who_leaves_is_not_matched_and_leaving_twice_is_leaving_once(
    app: App, mina: Person, joon: Person
) -> None:
    enter(app, mina)
    leave(app, mina)
    leave(app, mina)
    assert enter(app, joon).status == "waiting"
    assert state(app, mina).status == "idle"


def test_who_is_matched_cannot_wait_beside_it(app: App, mina: Person, joon: Person, sora: Person) -> None:
    enter(app, mina)
    first = enter(app, joon).match
    again = enter(app, mina)
    assert again.match is not None
    assert first is not None
    assert again.match.session_id == first.session_id
    assert enter(app, sora).status == "waiting"


def test_who_was_matched_this_moment_is_not_matched_again(
    app: App, mina: Person, joon: Person, sora: Person
) -> None:
    enter(app, sora, speaks=["ja"])
    enter(app, mina, speaks=["ko"])
    match = enter(app, joon, speaks=["ko"]).match
    assert match is not None
    with app.reading() as services:  # as from another device, which has looked for a match just before
        found = services[WaitingLine].enter(mina.id, Wish(speaks=["ja"]))
    assert found == Found(match.session_id, is_new=False)
    assert state(app, sora).status == "waiting"


def test_everybody_in_line_is_told_where_they_stand(
    app: App, clock: FixedClock, hear: Hear, mina: Person, joon: Person
) -> None:
    ears = [hear(f"matching:{who.id}") for who in (mina, joon)]
    enter(app, mina, speaks=["ko"])
    clock.moment += timedelta(seconds=1)
    enter(app, joon, speaks=["ja"])
    look(app)
    places = [("match.position", {"position": place, "waiting": 2}) for place in (1, 2)]
    assert [ear.frames() for ear in ears] == [[place] for place in places]


def test_both_are_told_of_a_match(app: App, hear: Hear, mina: Person, joon: Person) -> None:
    ears = [hear(f"matching:{who.id}") for who in (mina, joon)]
    enter(app, mina)
    enter(app, joon)
    for ear, seat in zip(ears, "ab", strict=True):
        [(event, data)] = ear.frames()
        assert (event, data["seat"]) == ("match.found", seat)
        assert not {str(mina.id), str(joon.id)} & set(map(str, data.values()))


def test_a_lost_valkey_is_an_empty_line(app: App, mina: Person, joon: Person) -> None:
    enter(app, mina)
    enter(app, joon)
    for key in app.valkey.client.scan_iter(match=app.valkey.key("matching", "*")):
        app.valkey.client.delete(key)
    assert state(app, mina).status == "idle"
    assert enter(app, mina).status == "waiting"


def test_a_lost_match_does_not_hold_its_members(app: App, mina: Person, joon: Person) -> None:
    enter(app, mina)
    enter(app, joon)
    for key in app.valkey.client.scan_iter(match=app.valkey.key("matching", "match", "*")):
        app.valkey.client.delete(key)
    assert state(app, mina).status == "idle"
    assert enter(app, joon).status == "waiting"
    assert enter(app, mina).status == "matched"


def test_entering_costs_the_same_however_many_wait(
    app: App, mina: Person, joon: Person, sora: Person
) -> None:
    with sent(app) as alone:
        enter(app, mina, speaks=["ko"])
    with sent(app) as behind:
        enter(app, joon, speaks=["ja"])
    assert len(alone) == len(behind) == 2
    with app.reading() as services:
        assert services[WaitingLine].waiting(10) == [mina.id, joon.id]
