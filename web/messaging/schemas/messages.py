"""What callers send and get about messages."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from web.accounts.schemas import MemberCard
from web.core.pagination import PageQuery
from web.media.presentation import MediaItem

LONGEST_MESSAGE = 5_000
LARGEST_WITH_RECEIPTS = 20  # members of a group in which is told who has read
LARGEST_SEQ = 2**63 - 1
WITHOUT_NUL = r"^[^\x00]*$"  # which PostgreSQL's text cannot hold; sockets and pages bring texts, too

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=LONGEST_MESSAGE, pattern=WITHOUT_NUL)
]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=WITHOUT_NUL)
]
MessageType = Literal["text", "image", "video", "audio", "file", "system", "goal_update"]


class NewMessage(BaseModel):
    """A message; the same ``client_id`` sent again is the same message.

    A text, an upload with or without words, or a message of another conversation that is passed on.
    """

    model_config = ConfigDict(extra="forbid")

    client_id: UUID
    type: Literal["text", "image", "video", "audio", "file"] | None = Field(
        default=None, description="text without media; if given with media, it must be what the upload is"
    )
    body: Text = ""
    media_id: UUID | None = Field(default=None, description="an upload of purpose message")
    reply_to_id: UUID | None = Field(default=None, description="a message of the same conversation")
    forward_of: UUID | None = Field(default=None, description="a message that the caller can read")

    @model_validator(mode="after")
    def _require_content(self) -> Self:
        if self.forward_of is not None:
            if self.body or self.media_id or self.type:
                raise ValueError("what is forwarded stays as it is")
        elif not self.body and self.media_id is None:
            raise ValueError("a message needs body, media_id or forward_of")
        elif (self.type or "text") != "text" and self.media_id is None:
            raise ValueError(f"a message of type {self.type} needs media_id")
        elif self.type == "text" and self.media_id is not None:
            raise ValueError("a message with media_id is not of type text")
        return self


class MessageChange(BaseModel):
    """What a message says now."""

    model_config = ConfigDict(extra="forbid")

    body: Text


class MessageQuery(PageQuery):
    """Which messages: the newest first; those before one; or those after one, oldest first."""

    before_seq: int | None = Field(
        default=None, alias="before", ge=0, le=LARGEST_SEQ, description="a seq; newest of them first"
    )
    after_seq: int | None = Field(
        default=None, alias="after", ge=0, le=LARGEST_SEQ, description="a seq; oldest of them first"
    )

    @model_validator(mode="after")
    def _require_one_direction(self) -> Self:
        if self.before_seq is not None and self.after_seq is not None:
            raise ValueError("before or after, not both")
        return self


class SearchQuery(PageQuery):
    """What to look for: messages that have all of the words, or words that contain them."""

    q: Words


class About(BaseModel):
    """What a message answers, by its kind and id; who may not see it (any more) is told so when asking."""

    kind: str
    id: UUID


class Reply(BaseModel):
    """The message that a message answers, in short."""

    id: UUID
    seq: int
    type: MessageType
    sender_id: UUID | None
    body: str = Field(description="its beginning")
    is_deleted: bool


class Reaction(BaseModel):
    """An emoji under a message."""

    emoji: str
    count: int
    mine: bool


class Notice(BaseModel):
    """What a message says that nobody wrote; programs have the words for it."""

    code: str = Field(
        description="started, named, image_changed, added, removed, left, admin_made, admin_unmade; "
        "others belong to the features that write them"
    )
    actor: MemberCard | None = Field(description="who made it happen, as far as the caller may meet them")
    members: list[MemberCard] = Field(description="the first of those whom it happened to, likewise")
    more: int = Field(description="how many others it happened to")
    facts: dict[str, Any] = Field(description="ids and numbers that belong to the code")


class ReadBy(BaseModel):
    """Who has read a message."""

    user_id: UUID
    read_at: datetime | None = Field(description="when they last read on in the conversation")


class Message(BaseModel):
    """A message; ``seq`` orders the messages of a conversation without gaps."""

    id: UUID
    conversation_id: UUID
    seq: int
    type: MessageType
    sender_id: UUID | None = Field(
        description="null: nobody wrote it, or somebody whom the caller may not meet"
    )
    sender: MemberCard | None
    client_id: UUID
    body: str
    media: MediaItem | None = Field(description="of type image, video, audio or file; null once it is gone")
    reply_to: Reply | None
    about: About | None = Field(description="what it answers, such as a story")
    is_forwarded: bool
    notice: Notice | None = Field(description="of type system or goal_update")
    reactions: list[Reaction]
    read_by: list[ReadBy] | None = Field(
        description=f"without the sender; null in groups of more than {LARGEST_WITH_RECEIPTS}"
    )
    edited_at: datetime | None
    is_deleted: bool = Field(description="taken back: nothing is left of it but its place")
    created_at: datetime
