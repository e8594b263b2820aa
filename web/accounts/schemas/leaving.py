"""Asking to be deleted."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field


class DeletionWish(BaseModel):
    """A wish to be deleted."""

    model_config = ConfigDict(extra="forbid")

    keeps_content: bool = Field(
        default=False, description="whether public content stays, attributed to a deleted member"
    )


class Erasure(BaseModel):
    """What will happen, unless it is cancelled before."""

    deletion_requested_at: datetime
    erased_on: date = Field(description="the day from which it cannot be undone")
    keeps_content: bool
