"""The door: the one way from a proof of identity to a session, whatever the proof was.

Passwords, codes, Google and passkeys all end here, so that no way in forgets what another checks: how the
account stands, whether a second factor is due, that the member can see who came in.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from web.accounts.events import MemberReturned
from web.accounts.models import Account, Challenge, Passkey, RecoveryCode, Totp
from web.accounts.policy import RETURN_WITHIN
from web.accounts.presence import standing_of
from web.accounts.schemas import SecondFactorNeeded, SignedIn
from web.accounts.schemas.sessions import Method
from web.accounts.sessions.device_names import device_name
from web.accounts.sessions.safety import known_devices
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.accounts.sessions.service import SessionService
from web.core.clock import Clock
from web.core.devices import Device
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.security import Standing, refusal

SECOND_FACTOR_WITHIN = timedelta(minutes=5)
FIRST_ARRIVAL_WITHIN = timedelta(hours=1)  # of the account being made: no news to whoever made it

_FACTORS = sa.select(
    sa.exists().where(Totp.account_id == sa.bindparam("id"), Totp.enabled_at.is_not(None)).label("totp"),
    sa.exists().where(RecoveryCode.account_id == sa.bindparam("id")).label("recovery_code"),
    sa.exists().where(Passkey.account_id == sa.bindparam("id")).label("passkey"),
)


@dataclass(frozen=True)
class Proof:
    """Who somebody proved to be, and how.

    Attributes:
        methods: names of RFC 8176: ``pwd``, ``sms``, ``otp`` (a mailed code, or a second factor), ``fed``
            (Google), ``hwk`` (passkey).
        complete: the proof needs no second factor: a passkey that verified its user, or a new account.
    """

    member_id: UUID
    methods: tuple[str, ...]
    complete: bool = False


@dataclass(frozen=True)
class Entered:
    """Somebody is in; ``has_returned`` says that the account was deactivated until now."""

    session_id: UUID
    member_id: UUID
    has_returned: bool = False


class Door:
    """Lets members in. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: DbSession,
        clock: Clock,
        sessions: SessionService,
        events: EventLog,
        security: SecurityLog,
    ) -> None:
        self._session = session
        self._clock = clock
        self._sessions = sessions
        self._events = events
        self._security = security

    def enter(self, proof: Proof, *, client: str, device: Device) -> Entered | SecondFactorNeeded:
        """Open a session, or ask for the second factor where the account wants one.

        A deactivated member who comes back within 30 days is active again.

        Raises:
            AccountSuspended, AccountBanned, AccountDeactivated
        """
        account = self._session.get(Account, proof.member_id, with_for_update=True)
        if account is None or account.kind != "person":
            raise NotFound()
        now = self._clock.now()
        stands = standing_of(account, now)
        may_return = account.deactivated_at is not None and now < account.deactivated_at + RETURN_WITHIN
        if stands in (Standing.SUSPENDED, Standing.BANNED) or (
            stands is Standing.DEACTIVATED and not may_return
        ):
            error = refusal(stands, account.suspended_until)
            assert error is not None  # noqa: S101 - of these standings each has one
            raise error
        if account.second_factor_since is not None and not proof.complete:
            return self._ask_second_factor(proof, client)
        if stands is Standing.DEACTIVATED:
            account.deactivated_at = None
            self._session.flush()
            self._events.emit(MemberReturned(member_id=account.id))
            self._security.note(account.id, SecurityKind.RETURNED, device)
        self._note_arrival(account, device)
        session_id = self._sessions.open(account.id, client=client, device=device, methods=proof.methods)
        return Entered(session_id, account.id, has_returned=stands is Standing.DEACTIVATED)

    def sign_in(
        self, proof: Proof, device: Device, *, is_new_user: bool = False
    ) -> SignedIn | SecondFactorNeeded:
        """Enter with the API: tokens, or what is needed first."""
        entry = self.enter(proof, client="api", device=device)
        if isinstance(entry, SecondFactorNeeded):
            return entry
        return self._sessions.tokens(entry.session_id, entry.member_id, device, is_new_user=is_new_user)

    def second_factors(self, member_id: UUID) -> list[Method]:
        """The second factors that a member can use now."""
        row = self._session.execute(_FACTORS, {"id": member_id}).one()
        known: Collection[Method] = ("totp", "passkey", "recovery_code")
        return [method for method in known if getattr(row, method)]

    def _ask_second_factor(self, proof: Proof, client: str) -> SecondFactorNeeded:
        now = self._clock.now()
        needed = SecondFactorNeeded(
            second_factor=self.second_factors(proof.member_id),
            ticket=new_id(),
            expires_at=now + SECOND_FACTOR_WITHIN,
        )
        self._session.execute(
            sa.insert(Challenge),
            {
                "id": needed.ticket,
                "purpose": "second_factor",
                "account_id": proof.member_id,
                "client": client,
                "methods": list(proof.methods),
                "created_at": now,
                "expires_at": needed.expires_at,
            },
        )
        return needed

    def _note_arrival(self, account: Account, device: Device) -> None:
        """Mails the member when nobody came from such a device before, except on the very first arrival."""
        known = known_devices(self._session, account.id)
        is_first = not known and self._clock.now() - account.created_at < FIRST_ARRIVAL_WITHIN
        is_new = device_name(device.columns["user_agent"]) not in known and not is_first
        self._security.note(
            account.id, SecurityKind.LOGGED_IN_NEW_DEVICE if is_new else SecurityKind.LOGGED_IN, device
        )
