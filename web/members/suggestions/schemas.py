"""What callers get about suggestions."""

from typing import Literal

from pydantic import Field

from web.accounts.schemas import MemberCard

Reason = Literal["mutual_friends", "common_goals", "common_interests"]


class Suggestion(MemberCard):
    """Somebody whom the caller may want to know, and why."""

    reason: Reason = Field(description="the strongest of the reasons")
    mutual_friends_count: int
    common_goals: int
    common_interests: list[str] = Field(description="of an open profile; otherwise empty")
