"""What got most response in the last 24 hours: posts and hashtags by ``hot``, in sorted sets in Valkey.

The sets are made anew from the tables by a job every minute, and by who asks when they are not there. They
are made of what everybody may see; what a reader sees of them is asked for anew.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

import redis
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.content.models import Comment, Content
from web.content.policy import visible
from web.content.queries import is_post
from web.content.reactions import Like
from web.core.clock import Clock
from web.core.signalling import Valkey
from web.feeds import schemas
from web.feeds.candidates import TAGS
from web.feeds.posts import posts_by_id
from web.feeds.ranking import hot

log = structlog.get_logger(__name__)

WINDOW = timedelta(hours=24)
PLACES = 1_000  # as many as the night's mart keeps
KEPT_SECONDS = 600  # when nobody makes it anew, who asks does
SPARE = 3  # times as many posts are looked at as asked for, because some may not be for the reader

Kind = Literal["posts", "hashtags"]

_likers = (
    sa.select(sa.func.count())
    .where(Like.content_id == Content.id, Like.member_id != Content.author_id)
    .scalar_subquery()
)
_repliers = (
    sa.select(sa.func.count(Comment.author_id.distinct()))
    .where(
        Comment.content_id == Content.id,
        Comment.author_id != Content.author_id,
        Comment.deleted_at.is_(None),
    )
    .scalar_subquery()
)
_RECENT = (
    sa.select(
        Content.id,
        Content.author_id,
        Content.created_at,
        _likers.label("likers"),
        _repliers.label("repliers"),
        TAGS.label("tags"),
    )
    .join(Account, Account.id == Content.author_id)
    .where(
        is_post(),
        Content.visibility == "public",
        Content.created_at >= sa.bindparam("since", type_=sa.DateTime(timezone=True)),
        visible(),
    )
)


class Charts(NamedTuple):
    """Scores by post id and by hashtag."""

    as_of: datetime
    posts: dict[str, float]
    hashtags: dict[str, float]


class TrendingService:
    """Makes and reads the sorted sets."""

    def __init__(self, session: Session, clock: Clock, valkey: Valkey) -> None:
        self._session = session
        self._clock = clock
        self._valkey = valkey

    def posts(self, viewer: UUID | None, limit: int) -> schemas.Trending:
        """The hottest posts that lists show this reader."""
        as_of, places = self._top("posts", SPARE * limit)
        ids = [UUID(place) for place, _ in places]
        found = posts_by_id(self._session, ids, viewer) if ids else {}
        shown = [found[post_id] for post_id in ids if post_id in found]
        return schemas.Trending(as_of=as_of, posts=shown[:limit])

    def hashtags(self, limit: int) -> schemas.Trending:
        """The hottest hashtags of public posts."""
        as_of, places = self._top("hashtags", limit)
        tags = [schemas.TrendingHashtag(tag=tag, score=score) for tag, score in places]
        return schemas.Trending(as_of=as_of, hashtags=tags)

    def rebuild(self) -> Charts:
        """Make both sets from the tables."""
        charts = self.charts()
        pipeline = self._valkey.client.pipeline(transaction=True)
        for kind, scores in (("posts", charts.posts), ("hashtags", charts.hashtags)):
            key = self._key(kind)
            pipeline.delete(key)
            if scores:
                pipeline.zadd(key, scores)
                pipeline.expire(key, KEPT_SECONDS)
        pipeline.set(self._key("as-of"), charts.as_of.isoformat(), ex=KEPT_SECONDS)
        try:
            pipeline.execute()
        except redis.RedisError as error:
            log.warning("trending_not_kept", error=str(error))
        return charts

    def charts(self) -> Charts:
        """What is hot now; one statement.

        A hashtag is as hot as one post would be that got the response of all its posts, as new as the newest
        of them, where everybody who used it counts as somebody who likes it.
        """
        now = self._clock.now()
        rows = self._session.execute(_RECENT, {"viewer": None, "since": now - WINDOW}).all()
        posts = {str(row.id): hot(row.likers, row.repliers, row.created_at) for row in rows}
        by_tag = defaultdict(list)
        for row in rows:
            for tag in row.tags or ():
                by_tag[tag].append(row)
        hashtags = {
            tag: hot(
                len({row.author_id for row in using}) + sum(row.likers for row in using),
                sum(row.repliers for row in using),
                max(row.created_at for row in using),
            )
            for tag, using in by_tag.items()
        }
        return Charts(now, _highest(posts, PLACES), _highest(hashtags, PLACES))

    def _top(self, kind: Kind, places: int) -> tuple[datetime, list[tuple[str, float]]]:
        """The first places, and when they were made."""
        pipeline = self._valkey.client.pipeline(transaction=True)
        pipeline.get(self._key("as-of"))
        pipeline.zrevrange(self._key(kind), 0, places - 1, withscores=True)
        try:
            as_of, found = pipeline.execute()
        except redis.RedisError as error:
            log.warning("trending_not_read", error=str(error))
            as_of, found = None, []
        if as_of is not None:
            return datetime.fromisoformat(as_of.decode()), [(name.decode(), score) for name, score in found]
        charts = self.rebuild()
        scores = charts.posts if kind == "posts" else charts.hashtags
        return charts.as_of, list(_highest(scores, places).items())

    def _key(self, name: str) -> str:
        return self._valkey.key("trending", name)


def _highest(scores: dict[str, float], places: int) -> dict[str, float]:
    """The highest scores, the highest first; ties as sorted sets break them."""
    in_order = sorted(scores.items(), key=lambda one: (one[1], one[0]), reverse=True)
    return dict(in_order[:places])
