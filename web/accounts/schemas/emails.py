"""Changing the address."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, EmailStr

from web.accounts.schemas.joining import Verification


class EmailWish(BaseModel):
    """A wish to use an address."""

    model_config = ConfigDict(extra="forbid")

    email: EmailStr


class EmailTicket(BaseModel):
    """Stands for an address that waits for its code; the code comes by mail to that address."""

    ticket: UUID
    expires_at: datetime


class EmailProof(Verification):
    """The code that came to the new address, with its ticket; or the token of the mail's link."""
