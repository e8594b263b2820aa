"""What callers send and get about accounts."""

from web.accounts.schemas.emails import EmailProof, EmailTicket, EmailWish
from web.accounts.schemas.google import GoogleSignIn, GoogleToken
from web.accounts.schemas.identity import Locale, Me, MemberCard, NewAccount
from web.accounts.schemas.joining import Registration, ResendWish, SignUpTicket, Verification
from web.accounts.schemas.leaving import DeletionWish, Erasure
from web.accounts.schemas.my_data import CopyLink, CopyPath, DataCopy
from web.accounts.schemas.passkeys import (
    CreationChallenge,
    NewPasskey,
    PasskeyAnswer,
    PasskeyCard,
    PasskeyChange,
    Passkeys,
    PasskeyWish,
    RequestChallenge,
)
from web.accounts.schemas.passwords import NewPassword, PasswordChange, Reauthentication, ResetWish
from web.accounts.schemas.phones import PhoneConfirmation, PhoneProof, PhoneTicket, PhoneWish
from web.accounts.schemas.profile import ProfileChange
from web.accounts.schemas.safety import Ended, EndQuery, SecurityEventItem, SessionItem, SessionPath
from web.accounts.schemas.second_factor import (
    RecoveryCodes,
    SecondFactorAnswer,
    SecondFactorState,
    SecondFactorWish,
    TotpSetup,
)
from web.accounts.schemas.sessions import (
    Credentials,
    PageToken,
    RefreshRequest,
    SecondFactorNeeded,
    SignedIn,
    Tokens,
)

__all__ = [
    "CopyLink",
    "CopyPath",
    "CreationChallenge",
    "Credentials",
    "DataCopy",
    "DeletionWish",
    "EmailProof",
    "EmailTicket",
    "EmailWish",
    "EndQuery",
    "Ended",
    "Erasure",
    "GoogleSignIn",
    "GoogleToken",
    "Locale",
    "Me",
    "MemberCard",
    "NewAccount",
    "NewPasskey",
    "NewPassword",
    "PageToken",
    "PasskeyAnswer",
    "PasskeyCard",
    "PasskeyChange",
    "PasskeyWish",
    "Passkeys",
    "PasswordChange",
    "PhoneConfirmation",
    "PhoneProof",
    "PhoneTicket",
    "PhoneWish",
    "ProfileChange",
    "Reauthentication",
    "RecoveryCodes",
    "RefreshRequest",
    "Registration",
    "RequestChallenge",
    "ResendWish",
    "ResetWish",
    "SecondFactorAnswer",
    "SecondFactorNeeded",
    "SecondFactorState",
    "SecondFactorWish",
    "SecurityEventItem",
    "SessionItem",
    "SessionPath",
    "SignUpTicket",
    "SignedIn",
    "Tokens",
    "TotpSetup",
    "Verification",
]
