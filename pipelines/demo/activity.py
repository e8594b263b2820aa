"""What the population does: follows, posts, likes, comments, messages, logins; arrays of indexes and times.

Times are days since the start of the history. Nothing happens before its actor joined, before the thing
that it is about, or after the end.
"""

from typing import NamedTuple

import numpy as np

from pipelines.demo.population import DEMO, LANGUAGE_NAMES, Integers, Population
from pipelines.demo.rhythm import Floats

VISIBILITIES = ("public", "followers", "private")
_VISIBILITY_SHARES = (0.88, 0.09, 0.03)

# How much happens, as means per member.
FOLLOWS, POSTS, LIKES, COMMENTS, CONVERSATIONS, MESSAGES, LOGINS = 9.0, 6.0, 24.0, 10.0, 0.9, 10.0, 14.0

_WITHIN_LANGUAGE = 0.85  # of follows and reactions
_COPIED_FOLLOWS = 0.75  # choose whom somebody chose before
_REPLIES = 0.35  # of the comments
_REACTION_DELAY = 0.35  # mean, in active days
NO_PARENT = -1


class Follows(NamedTuple):
    """Who follows whom from when."""

    follower: Integers
    followed: Integers
    time: Floats


class Posts(NamedTuple):
    """Who posted what kind of post when; ``text`` numbers the text."""

    author: Integers
    visibility: Integers
    text: Integers
    time: Floats


class Likes(NamedTuple):
    """Who liked which post when."""

    post: Integers
    member: Integers
    time: Floats


class Comments(NamedTuple):
    """Who commented on which post when; ``parent`` is the comment replied to, or NO_PARENT."""

    post: Integers
    author: Integers
    parent: Integers
    text: Integers
    time: Floats


class Messages(NamedTuple):
    """Who wrote to whom when."""

    sender: Integers
    recipient: Integers
    text: Integers
    time: Floats


class Logins(NamedTuple):
    """Who logged in when."""

    member: Integers
    time: Floats


def logins(rng: np.random.Generator, people: Population, days: int) -> Logins:
    """Logins, and for the demo member one on each of the last ten days, so that there is a streak to see."""
    member = _actors(rng, people, LOGINS)
    time = _after(rng, people, member, people.joined[member])
    streak = days - np.arange(1, 11) + rng.uniform(0.1, 0.5, 10)
    member = np.concatenate((member, np.full(10, DEMO)))
    time = np.concatenate((time, streak))
    order = np.argsort(time, kind="stable")
    return Logins(member[order], time[order])


def follows(rng: np.random.Generator, people: Population) -> Follows:
    """Follows by preferential attachment, mostly among those who share a language.

    Within a group the followed of a follow is, three times in four, that of a random earlier one (which
    prefers members by their followers), else anybody who is there already.
    """
    follower = _actors(rng, people, FOLLOWS)
    time = _after(rng, people, follower, people.joined[follower])
    abroad = rng.random(len(follower)) > _WITHIN_LANGUAGE
    group = np.where(abroad, rng.integers(0, len(LANGUAGE_NAMES), len(follower)), people.language[follower])
    followed = np.full(len(follower), -1)
    for language in range(len(LANGUAGE_NAMES)):
        here = np.flatnonzero(group == language)
        here = here[np.argsort(time[here], kind="stable")]
        followed[here] = _preferred(rng, people, language, time[here])

    around_demo = _around_demo(rng, people)
    follower, followed, time = (
        np.concatenate(pair) for pair in zip((follower, followed, time), around_demo, strict=True)
    )
    order = np.argsort(time, kind="stable")
    follower, followed, time = follower[order], followed[order], time[order]
    valid = (followed >= 0) & (followed != follower)
    first = _first_of(np.where(valid, follower * len(people) + followed, -1))
    first = first[valid[first]]
    return Follows(follower[first], followed[first], time[first])


def posts(rng: np.random.Generator, people: Population) -> Posts:
    """Text posts in the order of time; a few of them are the demo member's."""
    author = np.concatenate((_actors(rng, people, POSTS), np.full(5, DEMO)))
    time = _after(rng, people, author, people.joined[author])
    order = np.argsort(time, kind="stable")
    visibility = rng.choice(len(VISIBILITIES), size=len(author), p=_VISIBILITY_SHARES)
    return Posts(author[order], visibility, _texts(rng, len(author)), time[order])


def likes(rng: np.random.Generator, people: Population, posted: Posts, followed: Follows) -> Likes:
    """Likes of public posts; popular authors and lucky posts get most of them."""
    post, member, time = _reactions(rng, people, posted, followed, LIKES)
    others = member != posted.author[post]
    post, member, time = post[others], member[others], time[others]
    once = _first_of(post * len(people) + member)
    return Likes(post[once], member[once], time[once])


def comments(rng: np.random.Generator, people: Population, posted: Posts, followed: Follows) -> Comments:
    """Comments on public posts, a third of them replies to an earlier comment on the same post."""
    post, author, time = _reactions(rng, people, posted, followed, COMMENTS)
    thread = np.lexsort((time, post))
    thread_post = post[thread]
    start = np.searchsorted(thread_post, thread_post)
    earlier = np.arange(len(thread)) - start
    replies = (earlier > 0) & (rng.random(len(thread)) < _REPLIES)
    chosen = start + np.floor(rng.random(len(thread)) * earlier).astype(np.int64)
    # A reply to a reply hangs under the comment where the thread began.
    parent = _roots(np.where(replies, chosen, np.arange(len(thread))))
    in_thread = np.where(replies, thread[parent], NO_PARENT)
    of_comment = np.empty_like(in_thread)
    of_comment[thread] = in_thread
    return Comments(post, author, of_comment, _texts(rng, len(post)), time)


def messages(rng: np.random.Generator, people: Population, followed: Follows) -> Messages:
    """Direct conversations between people who follow each other one way or the other: bursts and pauses."""
    low = np.minimum(followed.follower, followed.followed)
    high = np.maximum(followed.follower, followed.followed)
    pairs = np.unique(low * len(people) + high)
    wanted = min(len(pairs), int(CONVERSATIONS * len(people)))
    with_demo = pairs[pairs < len(people)][:4]  # the demo member's index is 0, so its pairs come first
    pairs = np.union1d(rng.choice(pairs, size=wanted, replace=False), with_demo)
    if not len(pairs):
        nobody = np.empty(0, np.int64)
        return Messages(nobody, nobody, nobody, np.empty(0))
    one, other = pairs // len(people), pairs % len(people)

    length = 1 + np.minimum(rng.zipf(1.6, len(pairs)), 400)
    length = np.maximum(1, np.round(length * MESSAGES * len(people) / length.sum())).astype(np.int64)
    talk = np.repeat(np.arange(len(pairs)), length)
    pause = np.where(rng.random(len(talk)) < 0.7, 0.003, 0.9)
    gaps = rng.exponential(pause)
    begun = np.maximum(people.joined[one], people.joined[other])
    begun = _after(rng, people, one, begun)
    so_far = np.cumsum(gaps)
    before = np.concatenate(([0.0], so_far))[np.cumsum(length) - length]
    active = people.active(one, begun)[talk] + so_far - before[talk]
    time = people.calendar(one[talk], active)

    turned = np.cumsum(rng.random(len(talk)) < 0.65) % 2 == 0
    sender = np.where(turned, one[talk], other[talk])
    recipient = np.where(turned, other[talk], one[talk])
    kept = np.flatnonzero(np.isfinite(time))
    kept = kept[np.argsort(time[kept], kind="stable")]
    return Messages(sender[kept], recipient[kept], _texts(rng, len(kept)), time[kept])


def _actors(rng: np.random.Generator, people: Population, mean: float) -> Integers:
    return rng.choice(len(people), size=round(mean * len(people)), p=people.activity)


def _texts(rng: np.random.Generator, count: int) -> Integers:
    return rng.integers(0, 1 << 62, count)


def _after(rng: np.random.Generator, people: Population, member: Integers, earliest: Floats) -> Floats:
    """A moment in each member's rhythm between ``earliest`` and the end."""
    begin = people.active(member, earliest)
    end = people.active(member, np.full(len(member), np.inf))
    return people.calendar(member, begin + rng.random(len(member)) * (end - begin))


def _preferred(rng: np.random.Generator, people: Population, language: int, time: Floats) -> Integers:
    """Whom follows at ascending ``time`` choose among the speakers of a language; -1 for nobody yet."""
    speakers = np.flatnonzero(people.language == language)
    speakers = speakers[np.argsort(people.joined[speakers], kind="stable")]
    there = np.searchsorted(people.joined[speakers], time)
    own = np.floor(rng.random(len(time)) * there).astype(np.int64)
    earlier = np.arange(len(time))
    copied = (rng.random(len(time)) < _COPIED_FOLLOWS) & (earlier > 0)
    model = np.where(copied, np.floor(rng.random(len(time)) * earlier).astype(np.int64), earlier)
    original = _roots(model)
    return np.where(there[original] > 0, speakers[own[original]] if len(speakers) else -1, -1)


def _roots(pointer: Integers) -> Integers:
    """Follow pointers to earlier places until each points at itself (pointer doubling)."""
    while True:
        further = pointer[pointer]
        if np.array_equal(further, pointer):
            return pointer
        pointer = further


def _around_demo(rng: np.random.Generator, people: Population) -> tuple[Integers, Integers, Floats]:
    """About twenty whom the demo member follows, and some who follow back."""
    others = len(people) - 1
    chosen = 1 + rng.choice(
        others, size=min(20, others), replace=False, p=people.activity[1:] / people.activity[1:].sum()
    )
    fans = 1 + rng.choice(others, size=min(14, others), replace=False)
    follower = np.concatenate((np.full(len(chosen), DEMO), fans))
    followed = np.concatenate((chosen, np.full(len(fans), DEMO)))
    return follower, followed, _after(rng, people, follower, _both_joined(people, follower, followed))


def _both_joined(people: Population, one: Integers, other: Integers) -> Floats:
    return np.maximum(people.joined[one], people.joined[other])


def _first_of(keys: Integers) -> Integers:
    """The places of the first occurrence of each key, ascending."""
    return np.sort(np.unique(keys, return_index=True)[1])


def _reactions(
    rng: np.random.Generator, people: Population, posted: Posts, followed: Follows, mean: float
) -> tuple[Integers, Integers, Floats]:
    """(post, member, time) of reactions to public posts, in the order of time."""
    count = round(mean * len(people))
    fans = np.bincount(followed.followed, minlength=len(people))
    appeal = (1.0 + fans[posted.author]) ** 0.7 * rng.lognormal(0.0, 1.0, len(posted.author))
    appeal *= posted.visibility == VISIBILITIES.index("public")
    post = rng.choice(len(appeal), size=count, p=appeal / appeal.sum())

    member = _actors(rng, people, mean)
    at_home = rng.random(count) < _WITHIN_LANGUAGE
    language = people.language[posted.author[post]]
    for spoken in range(len(LANGUAGE_NAMES)):
        here = np.flatnonzero(at_home & (language == spoken))
        speakers = np.flatnonzero(people.language == spoken)
        share = people.activity[speakers]
        if len(here):
            member[here] = rng.choice(speakers, size=len(here), p=share / share.sum())

    earliest = np.maximum(posted.time[post], people.joined[member])
    active = people.active(member, earliest) + rng.exponential(_REACTION_DELAY, count)
    time = people.calendar(member, active)
    kept = np.flatnonzero(np.isfinite(time))
    kept = kept[np.argsort(time[kept], kind="stable")]
    return post[kept], member[kept], time[kept]
