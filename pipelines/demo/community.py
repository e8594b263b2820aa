"""The whole community, in arrays: what :mod:`.fill` writes and benchmarks may use directly."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from pipelines.demo import activity, population

DAYS = 60
FEWEST, MOST = 5, 100_000


@dataclass(frozen=True)
class Community:
    """Everybody and everything; see :mod:`.population` and :mod:`.activity` for the arrays.

    Attributes:
        seed: what it was made from; part of every id.
        start: the moment that times are counted from.
    """

    seed: int
    start: datetime
    people: population.Population
    follows: activity.Follows
    posts: activity.Posts
    likes: activity.Likes
    comments: activity.Comments
    messages: activity.Messages
    logins: activity.Logins

    @property
    def events(self) -> int:
        """How many events it leaves in the log; about 65 per member."""
        lists = (self.follows, self.posts, self.likes, self.comments, self.messages, self.logins)
        return len(self.people) + sum(len(columns[0]) for columns in lists)


def generate(members: int, seed: int, as_of: date) -> Community:
    """Make the community of the 60 whole UTC days before ``as_of``.

    Args:
        members: from :data:`FEWEST` to :data:`MOST`.
        seed: another seed gives another community.
    Raises:
        ValueError: too few or too many members.
    """
    if not FEWEST <= members <= MOST:
        raise ValueError(f"a community has {FEWEST} to {MOST:,} members")
    start = datetime.combine(as_of - timedelta(days=DAYS), time(), UTC)
    rng = np.random.default_rng([seed, as_of.toordinal()])
    people = population.people(rng, members, start, DAYS)
    follows = activity.follows(rng, people)
    posts = activity.posts(rng, people)
    return Community(
        seed=seed,
        start=start,
        people=people,
        follows=follows,
        posts=posts,
        likes=activity.likes(rng, people, posts, follows),
        comments=activity.comments(rng, people, posts, follows),
        messages=activity.messages(rng, people, follows),
        logins=activity.logins(rng, people, DAYS),
    )
