"""Activity of the community per UTC day."""

from datetime import date

from pydantic import Field

from analytics_api.schemas.common import Answer, MartRow


class DailyUsersRow(MartRow):
    """One UTC day. Likes and follows are gross: undoing one does not lower the day's number."""

    day: date
    active_members: int = Field(description="People who did something; receiving does not count")
    new_members: int
    posts: int
    likes: int
    comments: int
    messages: int
    follows: int


class DailyUsers(Answer):
    """Days with data between `start` and `end`, oldest first."""

    items: list[DailyUsersRow]
