"""How feeds are put in order: signals, each a pure function to 0..1, and the strategies made of them.

Sources: the weights and signals of the design for "Feed & Discovery", whose signals are brought to one scale
here, so that the weights say what they seem to say; ``engagement`` and ``hot`` are formulas of their own.
"""

import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

Relation = Literal["own", "friend", "following", "discover"]
Strategy = Literal["recency", "engagement", "personalized"]

HALF_LIFE_HOURS: Final = 6.0
USUAL_VELOCITY: Final = 5.0  # responses per hour that count for half
FOLLOWED, STRANGER = 1.0, 1 / 1.5  # the design's 1.5 to 1
NEUTRAL_QUALITY: Final = 0.5
WEIGHTS: Final = {"fresh": 0.1, "relationship": 0.3, "popular": 0.3, "quality": 0.1, "interests": 0.2}
HOT_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
HOT_SECONDS: Final = 45_000
LONGEST_RUN: Final = 2


class Candidate(NamedTuple):
    """What ranking knows of an item.

    Attributes:
        kind: the source that it comes from.
        quality: 0..1, of its media; None without any.
    """

    kind: str
    id: UUID
    author_id: UUID
    created_at: datetime
    relation: Relation
    likes: int = 0
    comments: int = 0
    views: int = 0
    quality: float | None = None
    tags: tuple[str, ...] = ()


class Ranked(NamedTuple):
    """An item in its place, and which codes say why it is there."""

    kind: str
    id: UUID
    why: list[str]


def freshness(age_hours: float) -> float:
    """1 for what is new, half of it after each 6 hours; what is dated ahead is new."""
    return math.exp2(-max(age_hours, 0.0) / HALF_LIFE_HOURS)


def relationship(relation: Relation) -> float:
    """1 for oneself, friends and whom one follows; for everybody else the design's 1.5th part."""
    return STRANGER if relation == "discover" else FOLLOWED


def velocity(likes: int, comments: int, age_hours: float) -> float:
    """Responses per hour, comments twice, as a part of themselves and what is usual.

    The design's (likes + 2 × comments) / (hours + 1) has no end; v / (v + 5 per hour) keeps its order.
    """
    speed = (likes + 2 * comments) / (max(age_hours, 0.0) + 1)
    return speed / (speed + USUAL_VELOCITY)


def media_quality(quality: float | None) -> float:
    """The mean quality of its media; a text is neither better nor worse than a middling picture."""
    return NEUTRAL_QUALITY if quality is None else min(max(quality, 0.0), 1.0)


def rarities(documents: Iterable[Sequence[str]]) -> dict[str, float]:
    """How telling each tag is: idf, ln(1 + N / n), over N documents of which n have the tag."""
    count, found = 0, Counter[str]()
    for tags in documents:
        count += 1
        found.update(set(tags))
    return {tag: math.log1p(count / having) for tag, having in found.items()}


def similarity(interests: Mapping[str, float], tags: Sequence[str], rarity: Mapping[str, float]) -> float:
    """The cosine of two tf-idf vectors: how often the member met a tag, and the tags of an item.

    Args:
        interests: term frequencies by tag.
        rarity: idf by tag; one that is not in it counts 0.
    """
    if not tags or not interests:
        return 0.0
    shared = sum(interests.get(tag, 0.0) * rarity.get(tag, 0.0) ** 2 for tag in tags)
    if not shared:
        return 0.0
    mine = math.sqrt(sum((often * rarity.get(tag, 0.0)) ** 2 for tag, often in interests.items()))
    theirs = math.sqrt(sum(rarity.get(tag, 0.0) ** 2 for tag in tags))
    return min(shared / (mine * theirs), 1.0)


def engagement(likes: int, views: int) -> int:
    """2 × likes + views."""
    return 2 * likes + views


def hot(likers: int, repliers: int, created_at: datetime) -> float:
    """log10(max(s, 1)) + seconds since 2020 / 45000, with s = likers + 2 × repliers.

    Args:
        likers: distinct members who like it, its author left out.
        repliers: distinct members who commented, its author left out.
    """
    response = max(likers + 2 * repliers, 1)
    return math.log10(response) + (created_at - HOT_EPOCH).total_seconds() / HOT_SECONDS


def rank(
    candidates: Sequence[Candidate], strategy: Strategy, interests: Mapping[str, float], now: datetime
) -> list[Ranked]:
    """The candidates in the order of a strategy, no author more than twice in a row; ties go to the newer.

    Args:
        interests: what the member is interested in: how often by tag.
    """
    score = STRATEGIES[strategy](candidates, interests, now)
    scored = [(*score(each), each) for each in candidates]
    scored.sort(key=lambda one: (one[0], one[2].created_at, one[2].id), reverse=True)
    in_order = spread([each for _, _, each in scored])
    why = {each.id: reasons for _, reasons, each in scored}
    return [Ranked(each.kind, each.id, [each.relation, *why[each.id]]) for each in in_order]


def spread(candidates: Sequence[Candidate], longest: int = LONGEST_RUN) -> list[Candidate]:
    """The same items, none moved further than it has to, no author more than ``longest`` times in a row.

    When only one author is left there is no other way, and theirs follow in a row.
    """
    spreaded: list[Candidate] = []
    held_back: deque[Candidate] = deque()  # of authors who had their turn
    coming = deque(candidates)
    run_of, run = None, 0
    while coming or held_back:
        is_full = run >= longest
        chosen = None
        if held_back:
            chosen = next((each for each in held_back if not (is_full and each.author_id == run_of)), None)
        if chosen is not None:
            held_back.remove(chosen)
        else:
            while coming and is_full and coming[0].author_id == run_of:
                held_back.append(coming.popleft())
            chosen = coming.popleft() if coming else held_back.popleft()
        run = run + 1 if chosen.author_id == run_of else 1
        run_of = chosen.author_id
        spreaded.append(chosen)
    return spreaded


Scored = tuple[float, list[str]]
Scorer = Callable[[Candidate], Scored]


def _recency(candidates: Sequence[Candidate], interests: Mapping[str, float], now: datetime) -> Scorer:
    return lambda each: (each.created_at.timestamp(), ["fresh"])


def _engagement(candidates: Sequence[Candidate], interests: Mapping[str, float], now: datetime) -> Scorer:
    return lambda each: (engagement(each.likes, each.views), ["popular"])


def _personalized(candidates: Sequence[Candidate], interests: Mapping[str, float], now: datetime) -> Scorer:
    rarity = rarities(each.tags for each in candidates)

    def score(each: Candidate) -> Scored:
        signals = signals_of(each, interests, rarity, now)
        return sum(WEIGHTS[name] * value for name, value in signals.items()), reasons_of(signals)

    return score


def signals_of(
    candidate: Candidate, interests: Mapping[str, float], rarity: Mapping[str, float], now: datetime
) -> dict[str, float]:
    """The signals of an item for a member, by the names of ``WEIGHTS``."""
    hours = (now - candidate.created_at).total_seconds() / 3600
    return {
        "fresh": freshness(hours),
        "relationship": relationship(candidate.relation),
        "popular": velocity(candidate.likes, candidate.comments, hours),
        "quality": media_quality(candidate.quality),
        "interests": similarity(interests, candidate.tags, rarity),
    }


def reasons_of(signals: Mapping[str, float]) -> list[str]:
    """The signals that put it there: those above the middle of their scale, the weightiest first.

    The relation is named anyway, by what it is.
    """
    strong = [name for name, value in signals.items() if value > NEUTRAL_QUALITY and name != "relationship"]
    if len(strong) > 1:
        strong.sort(key=lambda name: WEIGHTS[name] * signals[name], reverse=True)
    return strong


STRATEGIES: Final[
    Mapping[Strategy, Callable[[Sequence[Candidate], Mapping[str, float], datetime], Scorer]]
] = {"recency": _recency, "engagement": _engagement, "personalized": _personalized}
