"""What all answers share."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


# The database hands times over in the zone of its session; answers are always in UTC.
Moment = Annotated[datetime, AfterValidator(_in_utc)]


class MartRow(BaseModel):
    """A row of a mart. Its fields are the columns of the mart's dbt contract; a test compares them."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """Says which night the numbers come from."""

    run_id: UUID | None = Field(description="The run that published the numbers; null before the first")
    data_as_of: Moment | None = Field(description="The numbers know everything up to here")
    stale: bool = Field(
        description="True when a newer run finished without publishing, when the numbers are more than "
        "36 hours old, or when there are none yet"
    )
