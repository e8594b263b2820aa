"""How much is talked, per day."""

from sqlalchemy import Date, bindparam

from analytics_api.marts import chat_usage as mart
from analytics_api.queries.publication import published_rows

CHAT_USAGE = published_rows(
    "chat_usage",
    mart.c.day,
    mart.c.messages,
    mart.c.room_messages,
    mart.c.sealed_messages,
    mart.c.anonymous_talks,
    mart.c.anonymous_talk_seconds,
    mart.c.anonymous_talk_mean_seconds,
    where=mart.c.day.between(bindparam("start", type_=Date), bindparam("end", type_=Date)),
    order_by=[mart.c.day],
)
