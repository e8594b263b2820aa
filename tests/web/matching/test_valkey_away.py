"""Matching while Valkey is away."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.matching.conftest import enter
from web.core.app import App
from web.core.errors import Unavailable
from web.core.settings import Settings
from web.features import build_app
from web.graph.service import GraphService
from web.matching.service import MatchingService


@pytest.fixture
def cut_off(app: App, settings: Settings) -> Iterator[App]:
    """The app of a process that cannot reach Valkey."""
    other = build_app(replace(settings, valkey_url="redis://127.0.0.1:1/0"))
    yield other
    other.close()


@pytest.mark.parametrize(
    "ask",
    [
        lambda matching, who: matching.join(who.id),
        lambda matching, who: matching.state(who.id),
        lambda matching, who: matching.leave(who.id),
        lambda matching, who: matching.skip(who.id, uuid4()),
        lambda matching, who: matching.end(who.id, uuid4()),
    ],
)
def test_one_is_told_to_come_back_later(
    cut_off: App, mina: Person, ask: Callable[[MatchingService, Person], object]
) -> None:
    with pytest.raises(Unavailable), cut_off.work() as services:
        ask(services[MatchingService], mina)


def test_a_block_counts_all_the_same_and_parts_them_later(
    app: App, api: Api, cut_off: App, run_jobs: Callable[[], int], mina: Person, joon: Person
) -> None:
    enter(app, mina)
    enter(app, joon)
    with cut_off.work() as services:
        services[GraphService].block(mina.id, joon.id)
    assert api.get("/matching/queue", mina)["status"] == "matched"
    run_jobs()
    assert api.get("/matching/queue", mina)["status"] == "idle"


def test_the_clock_does_not_pile_up_work(cut_off: App) -> None:
    with cut_off.work() as services:
        cut_off.jobs["matching.look"].body(services)
