"""Activity per day."""

from sqlalchemy import Date, bindparam

from analytics_api.marts import daily_metrics as mart
from analytics_api.queries.publication import published_rows

DAILY_USERS = published_rows(
    "daily_users",
    mart.c.day,
    mart.c.active_members,
    mart.c.new_members,
    mart.c.posts,
    mart.c.likes,
    mart.c.comments,
    mart.c.messages,
    mart.c.follows,
    where=mart.c.day.between(bindparam("start", type_=Date), bindparam("end", type_=Date)),
    order_by=[mart.c.day],
)
