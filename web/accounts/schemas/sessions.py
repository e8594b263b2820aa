"""Getting in, and the sessions that this opens."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, EmailStr, Field

from web.accounts.schemas.identity import LONGEST_PASSWORD, Me

Method = Literal["totp", "recovery_code", "passkey"]


class Credentials(BaseModel):
    """A way in."""

    email: EmailStr
    password: str = Field(max_length=LONGEST_PASSWORD)


class RefreshRequest(BaseModel):
    """A refresh token, usable once."""

    refresh_token: str = Field(min_length=1, max_length=200)


class Tokens(BaseModel):
    """An access token for the API and a refresh token for the next pair."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, no secret
    expires_in: int = Field(description="seconds")
    refresh_token: str


class SignedIn(Tokens):
    """Tokens and whose they are."""

    user: Me
    is_new_user: bool = False


class SecondFactorNeeded(BaseModel):
    """The first proof was right; one of these has to follow, with the ticket."""

    second_factor: list[Method]
    ticket: UUID
    expires_at: datetime


class PageToken(BaseModel):
    """A short token that pages use for the analytics API."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, no secret
    expires_in: int = Field(description="seconds")
