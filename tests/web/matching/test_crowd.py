"""A thousand at once: nobody twice, nobody with themselves or somebody blocked, and all get somebody."""

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.web.crowd import START, make_members
from tests.web.matching.conftest import enter, look
from tests.web.together import together
from web.accounts.models import Account
from web.core.app import App
from web.core.clock import FixedClock
from web.core.models import EventRow
from web.graph.models import Block
from web.matching.line import WaitingLine
from web.matching.matches import Match, Matches
from web.matching.service import MatchingService

MEMBERS, THREADS = 1_000, 16


@pytest.fixture
def crowd(app: App, owner_engine: sa.Engine) -> list[UUID]:
    """Adults, each of whom blocks the next three and is blocked by the three before."""
    members = make_members(owner_engine, MEMBERS)
    blocks = [
        {"blocker_id": blocker, "blocked_id": members[(number + step) % MEMBERS], "created_at": START}
        for number, blocker in enumerate(members)
        for step in (1, 2, 3)
    ]
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Account).values(birth_date=date(1999, 1, 1)))
        connection.execute(sa.insert(Block), blocks)
    return members


def matches_of(app: App, members: list[UUID]) -> list[Match]:
    with app.reading() as services:
        found = {match.id: match for each in members if (match := services[Matches].of(each))}
    return list(found.values())


def test_a_thousand_enter_at_once(app: App, owner_engine: sa.Engine, crowd: list[UUID]) -> None:
    def enter(some: list[UUID]) -> None:
        for member_id in some:
            with app.work() as services:
                services[MatchingService].join(member_id)

    def enter_beside_looking(some: list[UUID]) -> None:
        for number in range(0, len(some), 10):
            enter(some[number : number + 10])
            look(app)

    parts = [crowd[number::THREADS] for number in range(THREADS)]
    together([*(lambda part=part: enter(part) for part in parts[1:]), lambda: enter_beside_looking(parts[0])])
    look(app)

    matches = matches_of(app, crowd)
    met = Counter(member_id for match in matches for member_id in match.members.values())
    assert set(met.values()) == {1}
    assert all(len(set(match.members.values())) == 2 for match in matches)
    apart = {frozenset((crowd[n], crowd[(n + step) % MEMBERS])) for n in range(MEMBERS) for step in (1, 2, 3)}
    assert [match for match in matches if frozenset(match.members.values()) in apart] == []

    with app.reading() as services:
        left_over = services[WaitingLine].waiting(MEMBERS)
    # Whoever is left over may not be matched with any other who is.
    assert len(left_over) + len(met) == MEMBERS
    assert all(frozenset((one, other)) in apart for one in left_over for other in left_over if one != other)
    assert len(left_over) <= 4
    with owner_engine.connect() as connection:
        started = connection.scalar(
            sa.select(sa.func.count()).select_from(EventRow).where(EventRow.name == "match_started")
        )
    assert started == len(matches)


def test_whatever_they_wish_the_line_is_empty_in_the_end(
    app: App, clock: FixedClock, crowd: list[UUID]
) -> None:
    some, languages = crowd[::10], ("ko", "en", "ja", "es")
    for number, member_id in enumerate(some):
        wishes = {"speaks": [languages[number % 4]], "learns": [languages[number // 4 % 4]]}
        enter(app, member_id, **wishes, interests=[f"tag {number % 7}"])
    lengths = []
    for seconds in (10, 10, 20):
        clock.moment += timedelta(seconds=seconds)
        look(app)
        with app.reading() as services:
            lengths.append(len(services[WaitingLine].waiting(MEMBERS)))
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] == 0


def test_of_many_who_end_a_match_one_does(app: App, match_id: UUID) -> None:
    def end() -> bool:
        with app.work() as services:
            return services[Matches].end(match_id)

    assert sorted(together([end] * 6)) == [False] * 5 + [True]
