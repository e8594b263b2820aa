"""Passwords: changing, forgetting and proving them."""

from typing import Self

from pydantic import BaseModel, ConfigDict, EmailStr, Field, model_validator

from web.accounts.schemas.identity import LONGEST_PASSWORD, LinkToken, Password
from web.accounts.schemas.second_factor import SecondFactorCode


class PasswordChange(BaseModel):
    """A new password, and the one until now where there is one."""

    model_config = ConfigDict(extra="forbid")

    current_password: str | None = Field(None, max_length=LONGEST_PASSWORD)
    new_password: Password


class ResetWish(BaseModel):
    """A wish to set a new password without knowing the old one."""

    email: EmailStr


class NewPassword(BaseModel):
    """The token of the link that came by mail, and the password to set."""

    token: LinkToken
    password: Password


class Reauthentication(BaseModel):
    """The password, or a code of the second factor."""

    model_config = ConfigDict(extra="forbid")

    password: str | None = Field(None, max_length=LONGEST_PASSWORD)
    code: SecondFactorCode | None = None

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        if (self.password is None) == (self.code is None):
            raise ValueError("give password or code")
        return self
