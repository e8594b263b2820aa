"""Joining: a wish, a ticket, a proof."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, model_validator

from web.accounts.schemas.identity import Code, LinkToken, Locale, NewAccount, Zone


class Registration(NewAccount):
    """A wish to join."""

    birth_date: date
    zone: Zone = "UTC"
    locale: Locale = "ko"


class SignUpTicket(BaseModel):
    """Stands for a pending sign-up; the code comes by mail."""

    ticket: UUID
    expires_at: datetime


class ResendWish(BaseModel):
    """A wish for another code."""

    ticket: UUID


class Verification(BaseModel):
    """The code that came by mail with the ticket that it belongs to, or the token of the mail's link."""

    model_config = ConfigDict(extra="forbid")

    ticket: UUID | None = None
    code: Code | None = None
    token: LinkToken | None = None

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        by_code = self.ticket is not None and self.code is not None
        if by_code == (self.token is not None):
            raise ValueError("give ticket and code, or token")
        return self
