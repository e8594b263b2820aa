"""What callers send and get about conversations."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from web.accounts.schemas import MemberCard
from web.core.pagination import PageQuery
from web.media.presentation import MediaItem
from web.messaging.emoji import require_emoji

LONGEST_MESSAGE = 5_000
LARGEST_GROUP = 256
LARGEST_WITH_RECEIPTS = 20  # members of a group in which is told who has read
MOST_UNREAD = 100  # that are counted
LATEST_YEAR = 2200  # until which something may be muted, if not for good
LARGEST_SEQ = 2**63 - 1

Seq = Annotated[int, Field(strict=True, ge=0, le=LARGEST_SEQ)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_MESSAGE)]
GroupName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
MessageType = Literal["text", "image", "video", "audio", "file", "system", "goal_update"]
Role = Literal["member", "admin"]


class ConversationPath(BaseModel):
    """A conversation in an address."""

    conversation_id: UUID


class ParticipantPath(ConversationPath):
    """Somebody in a conversation."""

    user_id: UUID


class MessagePath(ConversationPath):
    """A message of a conversation."""

    message_id: UUID


class ReactionPath(MessagePath):
    """An emoji under a message."""

    emoji: Annotated[str, AfterValidator(require_emoji)]


class NewConversation(BaseModel):
    """Whom to talk with: one member, or a group that the caller is the admin of."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["direct", "group"] = "direct"
    member_id: UUID | None = Field(default=None, description="of a direct conversation: who else")
    member_ids: list[UUID] = Field(
        default=[], max_length=LARGEST_GROUP - 1, description="of a group: who else is in it"
    )
    name: GroupName | None = Field(default=None, description="of a group")
    image_id: UUID | None = Field(default=None, description="of a group: an upload of purpose message")

    @model_validator(mode="after")
    def _require_what_it_needs(self) -> Self:
        of_group = bool(self.member_ids or self.name or self.image_id)
        if self.type == "direct" and (self.member_id is None or of_group):
            raise ValueError("a direct conversation needs member_id, and nothing else")
        if self.type == "group" and (self.name is None or self.member_id is not None):
            raise ValueError("a group needs name, and member_ids instead of member_id")
        return self


class ConversationChange(BaseModel):
    """What a group is to be called and shown with; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: GroupName | None = None
    image_id: UUID | None = Field(
        default=None, description="an upload of purpose message; null takes it away"
    )

    @model_validator(mode="after")
    def _require_something(self) -> Self:
        if not self.model_fields_set or (self.name is None and "name" in self.model_fields_set):
            raise ValueError("say what is to change; a group needs a name")
        return self


class NewParticipants(BaseModel):
    """Who is to be in a group, too."""

    model_config = ConfigDict(extra="forbid")

    member_ids: list[UUID] = Field(min_length=1, max_length=LARGEST_GROUP)


class ParticipantChange(BaseModel):
    """What somebody in a group may do."""

    model_config = ConfigDict(extra="forbid")

    role: Role


class ReadMark(BaseModel):
    """How far; without ``seq`` up to the newest message."""

    model_config = ConfigDict(extra="forbid")

    seq: Seq | None = None


class Muting(BaseModel):
    """How long; without ``until`` for good."""

    model_config = ConfigDict(extra="forbid")

    until: AwareDatetime | None = None

    @field_validator("until")
    @classmethod
    def _require_a_near_moment(cls, until: datetime | None) -> datetime | None:
        if until is not None and not 2000 <= until.year < LATEST_YEAR:
            raise ValueError(f"a moment before the year {LATEST_YEAR}, or nothing for good")
        return until


class ConversationQuery(PageQuery):
    """Which of the caller's conversations."""

    folder: Literal["inbox", "requests", "archived"] = Field(
        default="inbox", description="requests: from strangers, until they are accepted"
    )
    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None = Field(
        default=None, description="what the group, or somebody in the conversation, is called"
    )


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

    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Participant(BaseModel):
    """Somebody in a conversation."""

    member: MemberCard
    role: str
    is_invited: bool = Field(description="was added by a stranger, and has not agreed yet")
    joined_at: datetime


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
    members: list[MemberCard] = Field(description="whom it happened to, likewise")
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


class Conversation(BaseModel):
    """A conversation as the caller sees it."""

    id: UUID
    type: Literal["direct", "group", "ai_coach"]
    name: str | None = Field(description="of a group")
    image_url: str | None = Field(description="of a group")
    partner: MemberCard | None = Field(
        description="of a direct conversation; null for whom the caller may not meet any more"
    )
    partner_read_seq: int | None = Field(description="how far the partner has read")
    partner_delivered_seq: int | None = Field(description="how far the partner's devices have it")
    participants: list[MemberCard] = Field(description="the first few of the others")
    participant_count: int
    role: Role = Field(description="the caller's own")
    last_message: Message | None
    last_seq: int
    last_read_seq: int
    unread: int = Field(
        description=f"messages of others after the last one read; {MOST_UNREAD} means or more"
    )
    is_request: bool = Field(description="from a stranger, and neither accepted nor declined yet")
    is_muted: bool
    muted_until: datetime | None = Field(description="null while muted means for good")
    is_archived: bool
    is_pinned: bool
    last_message_at: datetime | None
    created_at: datetime


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
