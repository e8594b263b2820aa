"""The second factor: turned on and off by its owner, asked for at log-in, good for proving oneself again.

It is on while ``accounts.second_factor_since`` is set. What answers it is a code of an authenticator app, a
recovery code, or any passkey of the account.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.errors import InvalidSecondFactor, NoSecondFactor, SecondFactorAlreadyOn, SecondFactorOff
from web.accounts.models import Account, Passkey, RecoveryCode, Totp
from web.accounts.schemas import RecoveryCodes, SecondFactorAnswer, SecondFactorState, TotpSetup
from web.accounts.second_factor import totp
from web.accounts.second_factor.challenges import Challenges
from web.accounts.second_factor.codes import SecondFactorCodes
from web.accounts.sessions.door import Proof
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.accounts.sessions.service import SessionService
from web.core.clock import Clock
from web.core.devices import NO_DEVICE, Device
from web.core.errors import NotFound
from web.core.throttle import Throttle

_id = sa.bindparam("id", type_=sa.Uuid())
_HAS_TOTP = sa.select(sa.exists().where(Totp.account_id == _id, Totp.enabled_at.is_not(None)))
_HAS_PASSKEY = sa.select(sa.exists().where(Passkey.account_id == _id))
_STATE = sa.select(
    Account.second_factor_since.label("on_since"),
    _HAS_TOTP.scalar_subquery().label("totp"),
    sa.select(sa.func.count()).where(Passkey.account_id == _id).scalar_subquery().label("passkeys"),
    sa.select(sa.func.count()).where(RecoveryCode.account_id == _id).scalar_subquery().label("codes"),
).where(Account.id == _id)


def second_factor_of(session: Session, member_id: UUID) -> SecondFactorState:
    """How a member's second factor stands.

    Raises:
        NotFound: when the account is gone.
    """
    row = session.execute(_STATE, {"id": member_id}).one_or_none()
    if row is None:
        raise NotFound()
    return SecondFactorState(
        on_since=row.on_since, totp=row.totp, passkeys=row.passkeys, recovery_codes_left=row.codes
    )


class SecondFactorService:
    """Rules of the second factor. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        codes: SecondFactorCodes,
        challenges: Challenges,
        throttle: Throttle,
        sessions: SessionService,
        security: SecurityLog,
    ) -> None:
        self._session = session
        self._clock = clock
        self._codes = codes
        self._challenges = challenges
        self._throttle = throttle
        self._sessions = sessions
        self._security = security

    def setup(self, member_id: UUID, session_id: UUID) -> TotpSetup:
        """Make a secret for an authenticator app. It counts once :meth:`enable` got a code of it.

        Raises:
            ReauthenticationRequired
            SecondFactorAlreadyOn: there is an app that counts; turn the second factor off to change it.
        """
        account = self._to_be_changed(member_id, session_id)
        if self._session.scalar(_HAS_TOTP, {"id": member_id}):
            raise SecondFactorAlreadyOn()
        secret = self._codes.begin(member_id)
        uri = totp.setup_uri(secret, account.username)
        return TotpSetup(secret=secret, uri=uri, qr_svg=totp.qr_svg(uri))

    def enable(
        self, member_id: UUID, session_id: UUID, code: str | None = None, device: Device = NO_DEVICE
    ) -> RecoveryCodes:
        """Ask for a second factor from now on: the app that shows ``code``, or without one the passkeys.

        Sessions that are open stay open: they belong to whoever just proved to be the owner.

        Raises:
            ReauthenticationRequired, SecondFactorAlreadyOn, InvalidSecondFactor
            NoSecondFactor: no app was set up, or there is no passkey.
        """
        account = self._to_be_changed(member_id, session_id)
        if code is None:
            self._require_passkeys(account)
        else:
            self._confirm_app(member_id, code)
        account.second_factor_since = account.second_factor_since or self._clock.now()
        self._session.flush()
        self._security.note(member_id, SecurityKind.SECOND_FACTOR_ON, device)
        return RecoveryCodes(codes=self._codes.new_recovery_codes(member_id))

    def disable(self, member_id: UUID, session_id: UUID, device: Device = NO_DEVICE) -> None:
        """Ask for no second factor any more; passkeys stay as ways in.

        Raises:
            ReauthenticationRequired, SecondFactorOff
        """
        account = self._to_be_changed(member_id, session_id)
        if account.second_factor_since is None:
            raise SecondFactorOff()
        account.second_factor_since = None
        self._session.flush()
        self._codes.forget(member_id)
        self._security.note(member_id, SecurityKind.SECOND_FACTOR_OFF, device)

    def new_recovery_codes(
        self, member_id: UUID, session_id: UUID, device: Device = NO_DEVICE
    ) -> RecoveryCodes:
        """Make new recovery codes; the ones before stop working.

        Raises:
            ReauthenticationRequired, SecondFactorOff
        """
        if self._to_be_changed(member_id, session_id).second_factor_since is None:
            raise SecondFactorOff()
        self._security.note(member_id, SecurityKind.RECOVERY_CODES_MADE, device)
        return RecoveryCodes(codes=self._codes.new_recovery_codes(member_id))

    def answer(self, answer: SecondFactorAnswer, device: Device = NO_DEVICE) -> tuple[Proof, str]:
        """Answer what the door asked after the first factor.

        Returns:
            The whole proof, for the door; and which client had asked (``web`` or ``api``).
        Raises:
            InvalidSecondFactor: with how many tries are left to this ticket.
            LogInExpired: the ticket is used, too old, or tried too often.
            RateLimited: too many wrong codes for this account, whatever the ticket.
        """
        tries_left = self._challenges.count_try(answer.ticket)
        challenge = self._challenges.take(answer.ticket, "second_factor")
        member_id = challenge.account_id
        if member_id is None or not self._is_right(member_id, answer.code, device):
            raise InvalidSecondFactor(tries_left=tries_left)
        return Proof(member_id, (*challenge.methods, "otp"), complete=True), challenge.client

    def prove(self, member_id: UUID, session_id: UUID, code: str, device: Device = NO_DEVICE) -> None:
        """Prove once more who one is, within a session.

        Raises:
            InvalidSecondFactor: the code is wrong, or no second factor is on.
            RateLimited
        """
        if not self._is_right(member_id, code, device):
            raise InvalidSecondFactor()
        self._sessions.proved(session_id)

    def _is_right(self, member_id: UUID, code: str, device: Device) -> bool:
        """Use a code up. Guesses count per account, so that another ticket gives no more of them."""
        attempt = self._throttle.count("login", f"second:{member_id}")
        self._locked(member_id)
        used = self._codes.use(member_id, code)
        if used is None:
            self._throttle.failed(attempt)
            return False
        self._throttle.succeeded(attempt)
        if used == "recovery_code":
            self._security.note(member_id, SecurityKind.RECOVERY_CODE_USED, device)
        return True

    def _require_passkeys(self, account: Account) -> None:
        if account.second_factor_since is not None:
            raise SecondFactorAlreadyOn()
        if not self._session.scalar(_HAS_PASSKEY, {"id": account.id}):
            raise NoSecondFactor()

    def _confirm_app(self, member_id: UUID, code: str) -> None:
        waiting = self._session.scalar(
            sa.select(Totp.enabled_at.is_(None)).where(Totp.account_id == member_id)
        )
        if waiting is None:
            raise NoSecondFactor()
        if not waiting:
            raise SecondFactorAlreadyOn()
        if not self._codes.confirm(member_id, code):
            raise InvalidSecondFactor()

    def _to_be_changed(self, member_id: UUID, session_id: UUID) -> Account:
        self._sessions.require_recent_proof(session_id)
        return self._locked(member_id)

    def _locked(self, member_id: UUID) -> Account:
        """The account, until the transaction ends: of two who use one code one is later."""
        account = self._session.get(Account, member_id, with_for_update=True)
        if account is None:
            raise NotFound()
        return account
