"""How old the numbers are."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from analytics_api.schemas.common import Answer, Moment


class RunStatus(StrEnum):
    """How far a night came."""

    RUNNING = "running"
    PUBLISHED = "published"
    FAILED = "failed"


class MartFreshness(Answer):
    """Which run one mart is served from."""

    mart: str
    as_of: date | None = Field(description="The last UTC day in the numbers")
    published_at: Moment | None


class LatestRun(BaseModel):
    """The run that started last, whether or not it published."""

    run_id: UUID
    as_of: date
    status: RunStatus
    started_at: Moment
    finished_at: Moment | None


class Freshness(Answer):
    """The least fresh mart decides `run_id`, `data_as_of` and `stale` of the whole."""

    items: list[MartFreshness]
    latest_run: LatestRun | None
