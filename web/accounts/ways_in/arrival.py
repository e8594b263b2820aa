"""Arriving by a way in that makes the account when there is none."""

from dataclasses import dataclass
from uuid import UUID

from web.accounts.sessions.door import Proof


@dataclass(frozen=True)
class Arrival:
    """Who somebody proved to be; ``is_new`` when the account was made for it."""

    member_id: UUID
    is_new: bool

    def proof(self, method: str) -> Proof:
        """For the door; a new account has no second factor to ask for."""
        return Proof(self.member_id, (method,), complete=self.is_new)
