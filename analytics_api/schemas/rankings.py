"""Who the community likes to read."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from analytics_api.schemas.common import Answer, MartRow


class Period(StrEnum):
    """The time that a ranking looks at, ending with the moment up to which the run knows everything."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


class CreatorRank(MartRow):
    """A creator's place and what earned it."""

    rank: int = Field(description="1 is the first place")
    member_id: UUID
    score: int
    likes_received: int
    comments_received: int
    new_followers: int
    posts: int


class CreatorRanking(Answer):
    """The first places of a period, best first."""

    period: Period
    items: list[CreatorRank]
