"""What a member sees of the safety of their account."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class SessionPath(BaseModel):
    """A session in an address."""

    session_id: UUID


class SessionItem(BaseModel):
    """A session of the caller's. It says which device, never from where."""

    id: UUID
    client: Literal["web", "api", "cli"] = Field(description="how it was opened: pages, API or command line")
    device: str = Field(description="such as “Firefox on Windows”, in the language of the request")
    created_at: datetime
    last_used_at: datetime = Field(description="exact to some minutes")
    current: bool = Field(description="whether this request came with it")


class EndQuery(BaseModel):
    """Which sessions to end."""

    this_too: bool = Field(default=False, description="whether the session of this request ends as well")


class Ended(BaseModel):
    """How many sessions were ended."""

    ended: int


class SecurityEventItem(BaseModel):
    """Something that happened to the safety of the caller's account."""

    id: UUID
    kind: str = Field(description="a name such as `logged_in_new_device` or `password_changed`")
    device: str = Field(description="such as “Firefox on Windows”, in the language of the request")
    occurred_at: datetime
