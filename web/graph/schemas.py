"""What callers get about relations."""

from uuid import UUID

from pydantic import BaseModel


class Relationship(BaseModel):
    """How the caller stands to a member."""

    user_id: UUID
    following: bool
    followed_by: bool
