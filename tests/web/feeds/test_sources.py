"""Items of several sources are one feed: merged by time, ranked together, paged without loss."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy.orm import Session

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.crowd import START
from web.accounts.schemas import MemberCard
from web.core.app import App
from web.core.ids import new_id
from web.core.pagination import Position
from web.feeds.ranking import Candidate
from web.feeds.schemas import FeedItem
from web.feeds.sources import Entry, FeedSources, Pool, Reach, Scope, Source, position_of, together


class Party(BaseModel):
    """What the payload of another feature may be."""

    guests: int


class Parties(Source):
    """A source of another feature: three items, an hour apart, the newest of this moment."""

    kind = "party"

    def __init__(self, host: MemberCard, app: App) -> None:
        now = app.clock.now()
        self.ids = [new_id() for _ in range(3)]
        self._host = host
        self._at = {each: now - timedelta(hours=number) for number, each in enumerate(self.ids)}

    def newest(
        self, session: Session, viewer: UUID, scope: Scope, after: Position | None, rows: int
    ) -> list[Entry]:
        entries = [Entry(Position.at(at, each), self._item(each)) for each, at in self._at.items()]
        return [entry for entry in entries if after is None or entry.position < after][:rows]

    def candidates(self, session: Session, viewer: UUID, reach: Reach) -> Pool:
        found = [Candidate(self.kind, each, self._host.id, at, "following") for each, at in self._at.items()]
        return Pool(found, goes_on=False, others=[])

    def items(self, session: Session, viewer: UUID, ids: Sequence[UUID]) -> dict[UUID, FeedItem]:
        return {each: self._item(each) for each in ids}

    def _item(self, item_id: UUID) -> FeedItem:
        return FeedItem(type="party", id=item_id, author=self._host, payload=Party(guests=7), why=[])


@pytest.fixture
def parties(app: App, sora: Person) -> Iterator[Parties]:
    """Sora's parties, as a source of this test."""
    card = MemberCard(id=sora.id, username="sora", nickname="Sora", avatar_url=None)
    source = Parties(card, app)
    app.value(FeedSources).add(source)
    yield source
    app.value(FeedSources).remove(source.kind)


def test_feed_mixed_content_types(app: App, api: Api, mina: Person, joon: Person, parties: Parties) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    post = str(make_post(app, joon))
    for path in ("/feed", "/feed/following"):
        items = api.every_page(path, mina, limit=2)
        assert [item["id"] for item in items] == [post, *map(str, parties.ids)], path
        assert items[1]["payload"] == {"guests": 7}
        assert items[0]["payload"]["body"] == "hello"


def test_a_kind_has_one_source(app: App, parties: Parties) -> None:
    with pytest.raises(ValueError, match="party is taken"):
        app.value(FeedSources).add(parties)


pools = st.lists(
    st.builds(
        lambda seconds, goes_on: Pool(
            sorted(
                (
                    Candidate("any", new_id(), new_id(), START + timedelta(seconds=second), "following")
                    for second in seconds
                ),
                key=position_of,
                reverse=True,
            ),
            goes_on,
            [],
        ),
        st.lists(st.integers(0, 20), max_size=6),
        st.booleans(),
    ),
    max_size=4,
)


@given(pools)
def test_the_common_beginning_has_no_gap_before_the_place_where_the_list_goes_on(found: list[Pool]) -> None:
    chosen, goes_on = together(found)
    every = [each for pool in found for each in pool.beginning]
    assert (goes_on is None) == (not any(pool.goes_on and pool.beginning for pool in found))
    assert set(chosen) == {each for each in every if goes_on is None or position_of(each) >= goes_on}
    for pool in found:  # what a list goes on with is older than its beginning
        if pool.goes_on and pool.beginning and goes_on is not None:
            assert position_of(pool.beginning[-1]) <= goes_on
