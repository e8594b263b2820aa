"""How much is talked, per UTC day."""

from datetime import date

from pydantic import Field

from analytics_api.schemas.common import Answer, MartRow


class ChatUsageRow(MartRow):
    """One UTC day."""

    day: date
    messages: int = Field(description="In conversations")
    room_messages: int
    sealed_messages: int = Field(description="End-to-end encrypted; only their number is known")
    anonymous_talks: int = Field(description="Talks of strangers that ended on the day")
    anonymous_talk_seconds: int = Field(description="How long those lasted together")
    anonymous_talk_mean_seconds: float | None = Field(description="Null on a day without any")


class ChatUsage(Answer):
    """Days with data between `start` and `end`, oldest first."""

    items: list[ChatUsageRow]
