"""Rows of marts, as a night would publish them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from web.core.ids import new_id


def day(number: int, **values: int) -> dict[str, Any]:
    """A row of daily_metrics: the day `number` days after 1 January 2026."""
    counts = dict.fromkeys(
        (
            "active_members",
            "active_members_7d",
            "active_members_30d",
            "new_members",
            "posts",
            "likes",
            "comments",
            "messages",
            "follows",
        ),
        0,
    )
    return {"day": date(2026, 1, 1) + timedelta(days=number)} | counts | values


def talk(number: int, **values: float | None) -> dict[str, Any]:
    """A row of chat_usage: the day `number` days after 1 January 2026."""
    counts = dict.fromkeys(
        ("messages", "room_messages", "sealed_messages", "anonymous_talks", "anonymous_talk_seconds"), 0
    )
    mean = {"anonymous_talk_mean_seconds": None}
    return {"day": date(2026, 1, 1) + timedelta(days=number)} | counts | mean | values


def trending_post(rank: int, window: str = "24h") -> dict[str, Any]:
    """A row of trending_posts."""
    return {
        "window_name": window,
        "rank": rank,
        "content_id": new_id(),
        "author_id": new_id(),
        "score": 5000.5 - rank,
        "likers": 10,
        "repliers": 2,
        "created_at": datetime(2026, 1, 1, 12, tzinfo=UTC),
    }


def creator(rank: int, period: str = "week") -> dict[str, Any]:
    """A row of creator_rankings."""
    return {
        "period": period,
        "rank": rank,
        "member_id": new_id(),
        "score": 100 - rank,
        "likes_received": 50,
        "comments_received": 20,
        "new_followers": 5,
        "posts": 7,
    }


def streak(current: int, longest: int = 9, member_id: UUID | None = None) -> dict[str, Any]:
    """A row of activity_streaks."""
    return {
        "member_id": member_id or new_id(),
        "current_streak": current,
        "longest_streak": longest,
        "last_active_day": date(2026, 1, 1),
        "active_days": 12,
    }


def one_of_each(member_id: UUID | None = None) -> dict[str, list[dict[str, Any]]]:
    """A small night."""
    return {
        "daily_metrics": [day(0, active_members=3), day(1, active_members=4)],
        "chat_usage": [talk(0, messages=3), talk(1, room_messages=4)],
        "trending_posts": [trending_post(1), trending_post(2), trending_post(1, "7d")],
        "creator_rankings": [creator(1), creator(2), creator(1, "all")],
        "activity_streaks": [streak(3, member_id=member_id), streak(0)],
    }
