"""Who a member is: the parts of an account that are given, and what is shown of them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from web.core.schemas import OneLine

LONGEST_NICKNAME, LONGEST_FULL_NAME = 30, 100
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128


def _known_zone(zone: str) -> str:
    # "localtime" is that of whatever machine looks, and PostgreSQL does not know it.
    if zone not in available_timezones() - {"localtime"}:
        raise ValueError("not an IANA time zone")
    return zone


Nickname = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NICKNAME), OneLine
]
FullName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_FULL_NAME), OneLine
]
Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.]{3,30}$")]
Password = Annotated[str, StringConstraints(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
Locale = Literal["ko", "en", "ja", "es"]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
LinkToken = Annotated[str, StringConstraints(min_length=20, max_length=200)]


class NewAccount(BaseModel):
    """What every account made with an address begins with."""

    model_config = ConfigDict(extra="forbid")

    email: EmailStr
    password: Password
    nickname: Nickname
    username: Username | None = None
    full_name: FullName | None = None


class MemberCard(BaseModel):
    """A member, as small as lists show them."""

    id: UUID
    username: str
    nickname: str
    avatar_url: str | None = None
    is_deleted: bool = Field(
        default=False, description="whether only what the member left is there; the names are made up then"
    )


class Me(BaseModel):
    """The caller's own account."""

    id: UUID
    username: str
    nickname: str
    email: str | None
    phone: str | None
    has_password: bool
    has_google: bool
    passkeys: int = Field(description="how many")
    second_factor: bool = Field(description="whether a second factor is asked for at log-in")
    birth_date: date | None
    full_name: str | None
    bio: str | None
    place: str | None
    interests: list[str]
    native_languages: list[str]
    target_languages: list[str]
    avatar_url: str | None = None
    cover_url: str | None = None
    zone: str
    locale: str
    is_admin: bool
    created_at: datetime
    deletion_requested_at: datetime | None = Field(description="set while the account waits to be erased")
    erased_on: date | None = Field(description="the day from which it cannot be undone")
    profile_incomplete: list[str] = Field(description="what has to be given before writing is allowed")
