"""Streaks: the longest running ones, and one member's."""

from sqlalchemy import Uuid, bindparam

from analytics_api.marts import activity_streaks as mart
from analytics_api.queries.publication import published_rows

_STREAK = (
    mart.c.member_id,
    mart.c.current_streak,
    mart.c.longest_streak,
    mart.c.last_active_day,
    mart.c.active_days,
)

STREAK_LEADERBOARD = published_rows(
    "streak_leaderboard",
    *_STREAK,
    where=mart.c.current_streak > 0,
    order_by=[mart.c.current_streak.desc(), mart.c.longest_streak.desc(), mart.c.member_id],
    limited=True,
)

MEMBER_STREAK = published_rows(
    "member_streak", *_STREAK, where=mart.c.member_id == bindparam("member_id", type_=Uuid)
)
