"""What callers send and get about accounts."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, StringConstraints

LONGEST_NICKNAME = 30
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("not an IANA time zone")
    return zone


Nickname = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NICKNAME)]
Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.]{3,30}$")]
Password = Annotated[str, StringConstraints(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
Locale = Literal["ko", "en", "ja", "es"]


class NewAccount(BaseModel):
    """What every account begins with."""

    model_config = ConfigDict(extra="forbid")

    email: EmailStr
    password: Password
    nickname: Nickname
    username: Username | None = None


class Registration(NewAccount):
    """A wish to join."""

    birth_date: date
    zone: Zone = "UTC"
    locale: Locale = "ko"


class SignUpTicket(BaseModel):
    """Stands for a pending sign-up; the code comes by mail."""

    ticket: UUID
    expires_at: datetime


class Verification(BaseModel):
    """The code that came by mail, with the ticket that it belongs to."""

    ticket: UUID
    code: str = Field(pattern=r"^[0-9]{6}$")


class Credentials(BaseModel):
    """A way in."""

    email: EmailStr
    password: str = Field(max_length=LONGEST_PASSWORD)


class RefreshRequest(BaseModel):
    """A refresh token, usable once."""

    refresh_token: str = Field(min_length=1, max_length=200)


class MemberCard(BaseModel):
    """A member, as small as lists show them."""

    id: UUID
    username: str
    nickname: str
    avatar_url: str | None = None


class Me(BaseModel):
    """The caller's own account."""

    id: UUID
    username: str
    nickname: str
    email: str | None
    birth_date: date | None
    zone: str
    locale: str
    is_admin: bool
    created_at: datetime
    profile_incomplete: list[str] = Field(description="what has to be given before writing is allowed")


class Tokens(BaseModel):
    """An access token for the API and a refresh token for the next pair."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, no secret
    expires_in: int = Field(description="seconds")
    refresh_token: str


class SignedIn(Tokens):
    """Tokens and whose they are."""

    user: Me


class PageToken(BaseModel):
    """A short token that pages use for the analytics API."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, no secret
    expires_in: int = Field(description="seconds")
