"""The copy of everything that Plaza holds about a member."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class CopyPath(BaseModel):
    """A copy in an address."""

    export_id: UUID


class CopyLink(BaseModel):
    """What a signed link carries."""

    expires: int = Field(ge=0, le=10**11, description="seconds since 1970, UTC")
    signature: str = Field(max_length=200)


class DataCopy(BaseModel):
    """A copy that is being made, or is ready to be fetched for a while."""

    id: UUID
    status: Literal["waiting", "ready", "failed"]
    status_url: str = Field(description="where to ask how far it is")
    requested_at: datetime
    expires_at: datetime = Field(description="when the file is deleted")
    url: str | None = Field(description="the file, once it is ready; good for whoever has this link")
    bytes: int | None
