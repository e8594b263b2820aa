"""The hottest posts of a window."""

from sqlalchemy import bindparam

from analytics_api.marts import trending_posts as mart
from analytics_api.queries.publication import published_rows

TRENDING_POSTS = published_rows(
    "trending_posts",
    mart.c.rank,
    mart.c.content_id,
    mart.c.author_id,
    mart.c.score,
    mart.c.likers,
    mart.c.repliers,
    mart.c.created_at,
    where=mart.c.window_name == bindparam("window"),
    order_by=[mart.c.rank],
    limited=True,
)
