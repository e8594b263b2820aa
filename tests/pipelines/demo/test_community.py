"""The shapes of the synthetic community; no database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from pipelines.demo.activity import NO_PARENT, VISIBILITIES
from pipelines.demo.community import DAYS, FEWEST, MOST, Community, generate
from pipelines.demo.grammar import LANGUAGES, compose
from pipelines.demo.population import DEMO, LANGUAGE_NAMES, PLACES

AS_OF = date(2026, 5, 18)
KINDS = ("follows", "posts", "likes", "comments", "messages", "logins")


@pytest.fixture(scope="module")
def community() -> Community:
    return generate(5_000, seed=1, as_of=AS_OF)


def columns(community: Community) -> dict[str, list[list[float]]]:
    arrays = {kind: [column.tolist() for column in getattr(community, kind)] for kind in KINDS}
    people = community.people
    return arrays | {"people": [people.joined.tolist(), people.place.tolist(), people.activity.tolist()]}


def test_the_same_seed_and_day_give_the_same_community() -> None:
    one = columns(generate(200, seed=3, as_of=AS_OF))
    assert one == columns(generate(200, seed=3, as_of=AS_OF))
    assert one != columns(generate(200, seed=4, as_of=AS_OF))
    assert one != columns(generate(200, seed=3, as_of=AS_OF + timedelta(days=1)))


@pytest.mark.parametrize("members", [FEWEST - 1, MOST + 1])
def test_sizes_out_of_bounds_are_refused(members: int) -> None:
    with pytest.raises(ValueError, match="members"):
        generate(members, seed=1, as_of=AS_OF)


@pytest.mark.parametrize("members", [FEWEST, 20])
@pytest.mark.parametrize("seed", range(8))
def test_small_communities_work_too(members: int, seed: int) -> None:
    assert generate(members, seed, AS_OF).events > members


def test_nothing_happens_before_its_causes_or_after_the_end(community: Community) -> None:
    people, posts, comments = community.people, community.posts, community.comments
    for kind in KINDS:
        time = getattr(community, kind).time
        assert 0 <= time.min() <= time.max() < DAYS, kind
        assert (np.diff(time) >= 0).all(), kind
    joined = people.joined
    assert (joined[posts.author] <= posts.time).all()
    assert (joined[community.logins.member] <= community.logins.time).all()
    for follow_end in (community.follows.follower, community.follows.followed):
        assert (joined[follow_end] <= community.follows.time).all()
    for end in (community.messages.sender, community.messages.recipient):
        assert (joined[end] <= community.messages.time).all()
    for post, member, time in (
        (community.likes.post, community.likes.member, community.likes.time),
        (comments.post, comments.author, comments.time),
    ):
        assert (posts.time[post] <= time).all()
        assert (joined[member] <= time).all()
        assert set(posts.visibility[post]) == {VISIBILITIES.index("public")}
    reply = np.flatnonzero(comments.parent != NO_PARENT)
    parent = comments.parent[reply]
    assert (comments.post[parent] == comments.post[reply]).all()
    assert (comments.time[parent] <= comments.time[reply]).all()
    assert (comments.parent[parent] == NO_PARENT).all()
    assert 0.15 < len(reply) / len(comments.time) < 0.4


def test_nobody_follows_or_likes_twice_or_oneself(community: Community) -> None:
    follows, likes = community.follows, community.likes
    assert (follows.follower != follows.followed).all()
    pairs = zip(follows.follower.tolist(), follows.followed.tolist(), strict=True)
    assert len(set(pairs)) == len(follows.time)
    assert (community.posts.author[likes.post] != likes.member).all()
    assert len(set(zip(likes.post.tolist(), likes.member.tolist(), strict=True))) == len(likes.time)
    assert (community.messages.sender != community.messages.recipient).all()


def test_activity_is_zipf(community: Community) -> None:
    """Rank against frequency is a straight line of slope about −1 in logarithms, past the flattened head."""
    done = np.sort(np.bincount(community.logins.member, minlength=5_000))[::-1]
    ranks = np.arange(30, 1_000)
    slope, _ = np.polyfit(np.log(ranks), np.log(done[ranks]), 1)
    assert -1.25 < slope < -0.75
    assert done[:500].sum() > 0.5 * done.sum()  # a tenth does more than half


def test_followers_gather_where_followers_are(community: Community) -> None:
    fans = np.sort(np.bincount(community.follows.followed, minlength=5_000))[::-1]
    # Chance alone would give the most followed member less than three times the mean.
    assert fans[0] > 15 * fans.mean()
    assert fans[:50].sum() > 0.1 * fans.sum()
    assert np.median(fans) < fans.mean()
    own = community.people.language[community.follows.follower]
    theirs = community.people.language[community.follows.followed]
    assert 0.8 < (own == theirs).mean() < 0.97


def test_days_and_weeks_have_a_rhythm_in_local_time(community: Community) -> None:
    for place in range(len(PLACES)):
        zone = ZoneInfo(PLACES[place][0])
        here = community.people.place[community.logins.member] == place
        local = [
            (community.start + timedelta(days=time)).astimezone(zone)
            for time in community.logins.time[here].tolist()
        ]
        hours = np.bincount([moment.hour for moment in local], minlength=24)
        assert hours[19:23].mean() > 5 * hours[2:5].mean(), zone
        weekdays = np.bincount([moment.weekday() for moment in local], minlength=7)
        assert weekdays[5:].mean() > 1.2 * weekdays[:4].mean(), zone


def test_members_speak_the_language_of_their_place(community: Community) -> None:
    spoken = np.bincount(community.people.language, minlength=4) / 5_000
    shares = dict(zip(LANGUAGE_NAMES, spoken, strict=True))
    assert shares == pytest.approx({"ko": 0.40, "en": 0.25, "ja": 0.15, "es": 0.20}, abs=0.03)


SCRIPTS = {"ko": ("가", "힣"), "ja": ("ぁ", "ヿ"), "en": ("a", "z"), "es": ("a", "z")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("symbol", ["post", "comment", "reply", "message"])
def test_texts_are_varied_and_in_their_script(language: str, symbol: str) -> None:
    numbers = np.random.default_rng(1).integers(0, 1 << 62, 2_000)
    texts = {compose(language, symbol, int(number)) for number in numbers}
    assert len(texts) > (1_000 if symbol == "post" else 100)
    first, last = SCRIPTS[language]
    for text in texts:
        assert "{" not in text
        assert any(first <= character <= last for character in text.lower())
        assert len(text) < 300


def test_the_demo_member_has_a_life() -> None:
    for seed in range(5):
        community = generate(300, seed, AS_OF)
        follows, logins = community.follows, community.logins
        assert 20 <= (follows.follower == DEMO).sum() <= 70
        assert (follows.followed == DEMO).sum() >= 10
        assert (community.posts.author == DEMO).sum() >= 5
        assert DEMO in community.messages.sender or DEMO in community.messages.recipient
        own = logins.time[logins.member == DEMO]
        assert set(range(DAYS - 10, DAYS)) <= set(np.floor(own).astype(int))


def test_fifteen_thousand_members_make_a_million_events() -> None:
    community = generate(15_000, seed=1, as_of=AS_OF)
    assert community.events > 950_000
    assert community.start == datetime(2026, 3, 19, tzinfo=UTC)
