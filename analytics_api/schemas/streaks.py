"""Days in a row."""

from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from analytics_api.schemas.common import Answer, MartRow


class Streak(MartRow):
    """A member's days in a row, counted in the member's own time zone."""

    member_id: UUID
    current_streak: int = Field(description="Days; a day that is not over does not break it")
    longest_streak: int = Field(description="Days")
    last_active_day: date | None = Field(description="Local day; null for a member that never was active")
    active_days: int = Field(description="Days with activity in all")


class StreakLeaderboard(Answer):
    """The longest running streaks, longest first."""

    items: list[Streak]


class MemberStreak(Streak, Answer):
    """The streak of one member; all zero for a member that never was active."""

    @classmethod
    def none_of(cls, member_id: UUID, **stamp: Any) -> Self:
        """The streak of a member that the mart does not know."""
        return cls(
            member_id=member_id,
            current_streak=0,
            longest_streak=0,
            last_active_day=None,
            active_days=0,
            **stamp,
        )
