"""What callers send and get about being matched."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from web.accounts.schemas.profile import Interests, Languages

LONGEST_LINE = 2_000
LONGEST_NOTE = 1_000
LONGEST_SDP = 14_000  # a message on a socket has 16 KiB
MOST_EVIDENCE = 50

SeatName = Literal["a", "b"]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_LINE)]


class MatchPath(BaseModel):
    """A match in an address."""

    session_id: UUID


class NewWish(BaseModel):
    """Whom the caller would like to talk with; what is left out is taken from the profile."""

    model_config = ConfigDict(extra="forbid")

    speaks: Languages | None = Field(default=None, description="languages the caller speaks, BCP 47")
    learns: Languages | None = Field(default=None, description="languages the caller learns, BCP 47")
    interests: Interests | None = Field(default=None, description="somebody with one of these is preferred")
    direct_calls: bool = Field(
        default=False,
        description="calls may go straight to the other's address, which shows it, if the other says so, too",
    )


class MatchFacts(BaseModel):
    """A match as one of the two sees it; nobody is named."""

    session_id: UUID
    seat: SeatName = Field(description="what the caller is called in the frames of the match")
    started_at: datetime
    languages: list[str] = Field(description="those that both speak or learn")
    interests: list[str] = Field(description="those that both have")
    direct_calls: bool = Field(description="whether calls may do without a relay")
    revealed: bool = Field(description="whether the caller wants to be known")
    partner_revealed: bool = Field(description="whether the other wants to be known")
    partner_present: bool = Field(description="whether the other follows the match on a socket just now")


class MatchingState(BaseModel):
    """Where the caller is: nowhere, in line, or in a match."""

    status: Literal["idle", "waiting", "matched"]
    position: int | None = Field(default=None, description="place in the line, from 1")
    waiting: int | None = Field(default=None, description="how many are in line")
    match: MatchFacts | None = None
    paused_until: datetime | None = Field(default=None, description="until when the caller cannot be matched")


class Revealed(BaseModel):
    """How it stands with being known to each other."""

    revealed: Literal[True] = True
    partner_revealed: bool
    conversation_id: UUID | None = Field(description="where both go on; null until both want it")


class ReportReason(StrEnum):
    """What a member reports."""

    HARASSMENT = "harassment"
    HATE = "hate"
    SEXUAL = "sexual"
    MINOR = "minor"  # somebody seems to be younger than 18
    VIOLENCE = "violence"
    SPAM = "spam"
    OTHER = "other"


class Evidence(BaseModel):
    """Something that was said, as the reporter got it."""

    model_config = ConfigDict(extra="forbid")

    seat: SeatName = Field(description="who said it")
    body: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_LINE)]
    sent_at: str | None = Field(default=None, max_length=40, description="as the frame had it")
    proof: str | None = Field(default=None, max_length=64, description="as the frame had it")


class NewMatchReport(BaseModel):
    """A report; only the evidence that the reporter adds is seen by moderators."""

    model_config = ConfigDict(extra="forbid")

    reason: ReportReason
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_NOTE)] = ""
    evidence: list[Evidence] = Field(default=[], max_length=MOST_EVIDENCE)


class MatchReport(BaseModel):
    """A report that was taken."""

    id: UUID
    created_at: datetime
    proven: int = Field(description="how much of the evidence is proven to have been said")


# On sockets


class NewLine(BaseModel):
    """Something to say."""

    model_config = ConfigDict(extra="forbid")

    body: Line
    client_id: Annotated[str, StringConstraints(max_length=64)] | None = None


class Typing(BaseModel):
    """Whether somebody types."""

    model_config = ConfigDict(extra="forbid")

    is_typing: bool = True


class IceCandidate(BaseModel):
    """An ``RTCIceCandidateInit`` under the W3C's own names."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)

    candidate: Annotated[str, StringConstraints(max_length=1_000)] = ""
    sdp_mid: Annotated[str, StringConstraints(max_length=64)] | None = None
    sdp_m_line_index: Annotated[int, Field(ge=0, le=1_000)] | None = None
    username_fragment: Annotated[str, StringConstraints(max_length=256)] | None = None


class Signal(BaseModel):
    """What two browsers need to tell each other for a call; ``hangup`` ends it."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["offer", "answer", "ice", "hangup"]
    sdp: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SDP)] | None = None
    candidate: IceCandidate | None = Field(default=None, description="null: there are no more")

    @model_validator(mode="after")
    def _has_its_sdp(self) -> Self:
        if (self.type in ("offer", "answer")) != (self.sdp is not None):
            raise ValueError("offer and answer have an sdp, others none")
        return self
