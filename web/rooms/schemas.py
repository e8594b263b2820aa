"""What callers send and get about rooms."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.accounts.schemas import MemberCard
from web.accounts.schemas.changes import Change, may_be_left_out
from web.accounts.schemas.profile import LanguageTag
from web.core.pagination import PageQuery
from web.core.schemas import OneLine

LONGEST_NAME = 60
LONGEST_TOPIC = 300
LONGEST_MESSAGE = 2_000
MOST_PARTICIPANTS = 500
USUAL_PARTICIPANTS = 100
SLOWEST_SECONDS = 3_600
LONGEST_KICK_MINUTES = 7 * 24 * 60
USUAL_KICK_MINUTES = 30


RoomName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=LONGEST_NAME),
    OneLine,
]
Topic = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TOPIC)]
# Longer than a guess or two, as Throttle counts them; what it protects is a talk, no account.
RoomPassword = Annotated[str, StringConstraints(min_length=4, max_length=72)]
MaxParticipants = Annotated[int, Field(ge=2, le=MOST_PARTICIPANTS)]
SlowModeSeconds = Annotated[
    int,
    Field(ge=0, le=SLOWEST_SECONDS, description="between two messages of a member; 0: as fast as they like"),
]


class Role(StrEnum):
    """What somebody is in a room."""

    PARTICIPANT = "participant"
    ADMIN = "admin"
    HOST = "host"

    @property
    def rank(self) -> int:
        """Who is above whom."""
        return tuple(Role).index(self)


class Action(StrEnum):
    """What happens in a room besides talking, as its system messages tell it."""

    JOINED = "joined"
    LEFT = "left"
    KICKED = "kicked"
    BANNED = "banned"
    MADE_ADMIN = "made_admin"
    UNMADE_ADMIN = "unmade_admin"
    MADE_HOST = "made_host"
    REMOVED = "removed"  # a message; never shown, but told as message.deleted


class RoomPath(BaseModel):
    """A room in an address."""

    room_id: UUID


class RoomMemberPath(RoomPath):
    """Somebody in a room."""

    user_id: UUID


class RoomMessagePath(RoomPath):
    """A message in a room."""

    message_id: UUID


class NewRoom(BaseModel):
    """A room to open."""

    model_config = ConfigDict(extra="forbid")

    name: RoomName
    topic: Topic = ""
    language: LanguageTag | None = Field(default=None, description="which language is talked, BCP 47")
    password: RoomPassword | None = Field(default=None, description="null: open to everybody")
    max_participants: MaxParticipants = USUAL_PARTICIPANTS
    slow_mode_seconds: SlowModeSeconds = 0


class RoomChange(Change):
    """A change of a room; a password of null opens it to everybody."""

    name: RoomName = may_be_left_out()
    topic: Topic = may_be_left_out()
    language: LanguageTag | None = may_be_left_out()
    password: RoomPassword | None = may_be_left_out()
    max_participants: MaxParticipants = may_be_left_out()
    slow_mode_seconds: SlowModeSeconds = may_be_left_out()


class RoomFacts(BaseModel):
    """What a room is to everybody."""

    id: UUID
    name: str
    topic: str
    language: str | None
    has_password: bool
    max_participants: int
    participant_count: int
    slow_mode_seconds: int


class Room(RoomFacts):
    """A room as the caller sees it."""

    host: MemberCard | None = Field(description="null while the caller may not meet them")
    online_count: int = Field(description="how many have it open just now")
    last_seq: int = Field(description="the number of the last thing that happened")
    active_at: datetime = Field(description="when somebody last talked, about")
    created_at: datetime
    my_role: Role | None = Field(description="null for who is not in it")
    banned: bool = Field(description="whether the caller may not come in")
    banned_until: datetime | None = Field(description="null: not, or for good")


class RoomsQuery(PageQuery):
    """Which rooms."""

    q: str | None = Field(default=None, min_length=1, max_length=LONGEST_NAME, description="in name or topic")
    language: LanguageTag | None = Field(default=None, description="`en` finds `en-GB`, too")
    joined: bool = Field(default=False, description="only those that the caller is in")


class Password(BaseModel):
    """What opens the door of a room."""

    model_config = ConfigDict(extra="forbid")

    password: RoomPassword | None = None


class Kick(BaseModel):
    """Whom to show out, and how long they have to stay outside."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID
    minutes: int = Field(default=USUAL_KICK_MINUTES, ge=1, le=LONGEST_KICK_MINUTES)


class Ban(BaseModel):
    """Who may not come in any more."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID


class Participant(BaseModel):
    """Somebody in a room."""

    user: MemberCard
    role: Role
    joined_at: datetime


class RoomRole(BaseModel):
    """What a member is in a room now."""

    room_id: UUID
    user_id: UUID
    role: Role


class Banned(BaseModel):
    """Somebody who may not come in."""

    user: MemberCard
    until: datetime | None = Field(description="null: for good")
    created_at: datetime


class NewRoomMessage(BaseModel):
    """Something to say; the same ``client_id`` sent again is the same message."""

    model_config = ConfigDict(extra="forbid")

    client_id: UUID
    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_MESSAGE)]


class Typing(BaseModel):
    """Whether somebody types."""

    model_config = ConfigDict(extra="forbid")

    is_typing: bool = True


class RoomMessage(BaseModel):
    """What happened in a room; ``seq`` orders it without gaps."""

    id: UUID
    room_id: UUID
    seq: int
    type: Literal["text", "system"]
    action: Action | None = Field(description="what was done, in a system message")
    user: MemberCard = Field(description="who said it, or whom a system message is about")
    body: str = Field(description="empty in a system message, and when it was removed")
    client_id: UUID | None
    is_deleted: bool
    created_at: datetime
