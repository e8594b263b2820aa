"""The first creators of a period."""

from sqlalchemy import bindparam

from analytics_api.marts import creator_rankings as mart
from analytics_api.queries.publication import published_rows

CREATOR_RANKING = published_rows(
    "creator_ranking",
    mart.c.rank,
    mart.c.member_id,
    mart.c.score,
    mart.c.likes_received,
    mart.c.comments_received,
    mart.c.new_followers,
    mart.c.posts,
    where=mart.c.period == bindparam("period"),
    # Equal scores may share a rank; the id keeps their order from changing between requests.
    order_by=[mart.c.rank, mart.c.member_id],
    limited=True,
)
