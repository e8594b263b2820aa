"""What callers send and get about accounts."""

from web.accounts.schemas.identity import Locale, Me, MemberCard, NewAccount
from web.accounts.schemas.joining import Registration, ResendWish, SignUpTicket, Verification
from web.accounts.schemas.sessions import (
    Credentials,
    PageToken,
    RefreshRequest,
    SecondFactorNeeded,
    SignedIn,
    Tokens,
)

__all__ = [
    "Credentials",
    "Locale",
    "Me",
    "MemberCard",
    "NewAccount",
    "PageToken",
    "RefreshRequest",
    "Registration",
    "ResendWish",
    "SecondFactorNeeded",
    "SignUpTicket",
    "SignedIn",
    "Tokens",
    "Verification",
]
