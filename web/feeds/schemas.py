"""What callers get in a feed."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from web.accounts.schemas import MemberCard
from web.content.schemas import Post


class FeedItem(BaseModel):
    """One thing in a feed; ``payload`` depends on ``type``."""

    type: Literal["post"]
    id: UUID
    author: MemberCard
    payload: Post
    why: list[str] = Field(description="what put it there: following, own")
