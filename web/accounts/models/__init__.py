"""Tables of accounts: identity, ways in, proofs under way, sessions, settings, records."""

from web.accounts.models.identity import Account, MemberKey, Profile
from web.accounts.models.proofs import Challenge, EmailChange, PasswordReset, PhoneCode, SignUp
from web.accounts.models.records import AuditEntry, DataExport, SecurityEvent
from web.accounts.models.sessions import RefreshToken, Session
from web.accounts.models.settings import Appearance, BlockedKeyword
from web.accounts.models.ways_in import Email, FormerPassword, GoogleLink, Passkey, Phone, RecoveryCode, Totp

__all__ = [
    "Account",
    "Appearance",
    "AuditEntry",
    "BlockedKeyword",
    "Challenge",
    "DataExport",
    "Email",
    "EmailChange",
    "FormerPassword",
    "GoogleLink",
    "MemberKey",
    "Passkey",
    "PasswordReset",
    "Phone",
    "PhoneCode",
    "Profile",
    "RecoveryCode",
    "RefreshToken",
    "SecurityEvent",
    "Session",
    "SignUp",
    "Totp",
]
