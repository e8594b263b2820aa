"""The signals and strategies of ranked feeds: pure functions, each for itself and together."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.core.ids import derived_id
from web.feeds.ranking import (
    HOT_EPOCH,
    STRANGER,
    WEIGHTS,
    Candidate,
    Strategy,
    engagement,
    freshness,
    hot,
    media_quality,
    rank,
    rarities,
    reasons_of,
    relationship,
    signals_of,
    similarity,
    spread,
    velocity,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
AUTHORS = [derived_id(NOW, "author", number) for number in range(20)]

hours = st.floats(-10, 10_000)
counts = st.integers(0, 1_000_000)
tags = st.lists(st.sampled_from("abcdef"), max_size=4, unique=True)


def candidate(number: int = 0, author: int | None = None, **values: Any) -> Candidate:
    """An item, an hour old unless told otherwise, each by an author of its own."""
    facts: dict[str, Any] = {"created_at": NOW - timedelta(hours=1), "relation": "discover"}
    author_id = AUTHORS[number if author is None else author]
    return Candidate(**{"kind": "content", "id": UUID(int=number), "author_id": author_id, **facts, **values})


def order(
    candidates: Sequence[Candidate],
    strategy: Strategy = "personalized",
    interests: dict[str, float] | None = None,
) -> list[int]:
    """The numbers of the candidates in their order."""
    return [each.id.int for each in rank(candidates, strategy, interests or {}, NOW)]


def test_feed_score_recency_factor() -> None:
    assert freshness(0) == 1
    assert freshness(6) == pytest.approx(0.5)
    assert freshness(24) == pytest.approx(1 / 16)
    old = candidate(1, created_at=NOW - timedelta(days=2))
    assert order([old, candidate(2)]) == [2, 1]


def test_feed_score_relationship_factor() -> None:
    assert relationship("following") / relationship("discover") == pytest.approx(1.5)
    assert relationship("friend") == relationship("own") == relationship("following") == 1
    assert order([candidate(1), candidate(2, relation="following")]) == [2, 1]


def test_feed_score_engagement_factor() -> None:
    assert velocity(0, 0, 3) == 0
    assert velocity(5, 0, 0) == pytest.approx(0.5)
    assert velocity(0, 5, 1) == pytest.approx(0.5)  # a comment is worth two likes
    assert velocity(10, 0, 10) < velocity(10, 0, 1)
    assert order([candidate(1), candidate(2, likes=10)]) == [2, 1]


def test_quality_is_that_of_the_media_and_texts_are_in_the_middle() -> None:
    assert [media_quality(each) for each in (0.9, None, 0.2, 1.7, -1.0)] == [0.9, 0.5, 0.2, 1.0, 0.0]
    assert order([candidate(1, quality=0.2), candidate(2), candidate(3, quality=0.9)]) == [3, 2, 1]


def test_shared_tags_count_the_more_the_rarer_they_are() -> None:
    rarity = rarities([("cats", "daily"), ("daily",), ("daily", "food"), ("daily",)])
    assert rarity["cats"] > rarity["daily"] > 0
    interests = {"cats": 1.0, "daily": 1.0}
    assert similarity(interests, ["cats"], rarity) > similarity(interests, ["daily"], rarity) > 0
    assert similarity({"cats": 1.0}, ["cats"], rarity) == pytest.approx(1)
    assert similarity({"cats": 1.0}, ["food"], rarity) == similarity({}, ["cats"], rarity) == 0
    found = order([candidate(1, tags=("food",)), candidate(2, tags=("cats",))], interests={"cats": 3})
    assert found == [2, 1]


@given(age=hours, likes=counts, comments=counts, quality=st.none() | st.floats(-1, 2), mine=tags, theirs=tags)
def test_every_signal_and_every_score_is_between_0_and_1(
    age: float, likes: int, comments: int, quality: float | None, mine: list[str], theirs: list[str]
) -> None:
    one = candidate(
        created_at=NOW - timedelta(hours=age),
        likes=likes,
        comments=comments,
        quality=quality,
        tags=tuple(theirs),
    )
    signals = signals_of(one, dict.fromkeys(mine, 2.0), rarities([mine, theirs]), NOW)
    assert signals.keys() == WEIGHTS.keys()
    assert all(0 <= value <= 1 for value in signals.values())


def test_the_weights_are_those_of_the_design() -> None:
    assert WEIGHTS == {"fresh": 0.1, "relationship": 0.3, "popular": 0.3, "quality": 0.1, "interests": 0.2}
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_an_item_says_which_signals_put_it_there() -> None:
    assert reasons_of(dict.fromkeys(WEIGHTS, 0.0)) == []
    strong = {"fresh": 0.9, "relationship": 1.0, "popular": 0.6, "quality": 0.5, "interests": 1.0}
    assert reasons_of(strong) == ["interests", "popular", "fresh"]
    [one] = rank([candidate(relation="friend", likes=100)], "personalized", {}, NOW)
    assert one.why == ["friend", "popular", "fresh"]
    assert rank([candidate()], "recency", {}, NOW)[0].why == ["discover", "fresh"]
    assert rank([candidate()], "engagement", {}, NOW)[0].why == ["discover", "popular"]


def test_each_strategy_has_an_order_of_its_own() -> None:
    candidates = [
        candidate(1, created_at=NOW, likes=0, views=1),
        candidate(2, created_at=NOW - timedelta(hours=5), likes=4, views=5),
        candidate(3, created_at=NOW - timedelta(hours=2), likes=1, views=100, relation="friend"),
    ]
    assert order(candidates, "recency") == [1, 3, 2]
    assert order(candidates, "engagement") == [3, 2, 1]
    assert engagement(4, 5) == 13
    assert order(candidates, "personalized") == [3, 1, 2]
    assert STRANGER * WEIGHTS["relationship"] == pytest.approx(0.2)


def test_of_equals_the_newer_comes_first() -> None:
    moments = [NOW - timedelta(minutes=number) for number in (2, 1, 3)]
    candidates = [candidate(number, created_at=moment) for number, moment in enumerate(moments)]
    assert order(candidates, "engagement") == [1, 0, 2]


def test_hot_is_ten_times_the_response_or_twelve_and_a_half_hours() -> None:
    assert hot(0, 0, HOT_EPOCH) == hot(1, 0, HOT_EPOCH) == 0
    assert hot(8, 1, HOT_EPOCH) == pytest.approx(1)
    assert hot(0, 0, HOT_EPOCH + timedelta(hours=12.5)) == pytest.approx(1)


def authors(candidates: Sequence[Candidate]) -> list[int]:
    return [AUTHORS.index(each.author_id) for each in candidates]


def by_authors(*numbers: int) -> list[Candidate]:
    return [candidate(place, author=number) for place, number in enumerate(numbers)]


def test_nobody_comes_more_than_twice_in_a_row() -> None:
    assert authors(spread(by_authors(1, 1, 1, 1, 2, 3, 1))) == [1, 1, 2, 1, 1, 3, 1]


def test_who_is_alone_is_not_left_out() -> None:
    assert authors(spread(by_authors(1, 1, 1, 2, 1))) == [1, 1, 2, 1, 1]
    assert authors(spread(by_authors(1, 1, 1))) == [1, 1, 1]


@given(st.lists(st.integers(0, 3), max_size=40))
def test_spreading_keeps_everything_each_author_in_order_and_no_run_that_could_be_broken(
    numbers: list[int],
) -> None:
    given_ = by_authors(*numbers)
    spreaded = spread(given_)
    assert sorted(each.id for each in spreaded) == sorted(each.id for each in given_)
    for author in set(numbers):
        mine = [each.id.int for each in spreaded if each.author_id == AUTHORS[author]]
        assert mine == sorted(mine)
    found = authors(spreaded)
    for place in range(2, len(found)):
        if found[place - 2] == found[place - 1] == found[place]:
            assert set(found[place:]) == {found[place]}  # nobody else is left


@given(
    st.lists(st.tuples(hours, counts, st.integers(0, 5)), max_size=30),
    st.sampled_from(["recency", "engagement"]),
)
def test_scores_only_fall_where_no_author_is_moved(
    facts: list[tuple[float, int, int]], strategy: Strategy
) -> None:
    candidates = [
        candidate(number, author=number % 20, created_at=NOW - timedelta(hours=age), likes=likes, views=views)
        for number, (age, likes, views) in enumerate(facts[:20])
    ]
    by_id = {each.id: each for each in candidates}
    ranked = [by_id[each.id] for each in rank(candidates, strategy, {}, NOW)]
    for before, after in pairwise(ranked):
        if strategy == "recency":
            assert before.created_at >= after.created_at
        else:
            assert engagement(before.likes, before.views) >= engagement(after.likes, after.views)
