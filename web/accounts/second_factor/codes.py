"""What is kept of a second factor: the authenticator's secret, sealed, and recovery codes, hashed."""

from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.codes import code_hash
from web.accounts.models import RecoveryCode, Totp
from web.accounts.second_factor import recovery_codes, totp
from web.core.clock import Clock
from web.core.sealing import Sealer
from web.core.settings import Settings

Used = Literal["totp", "recovery_code"]


class SecondFactorCodes:
    """Keeps and checks codes; the caller holds the account's lock."""

    def __init__(self, session: Session, clock: Clock, settings: Settings, sealer: Sealer) -> None:
        self._session = session
        self._clock = clock
        self._settings = settings
        self._sealer = sealer

    def begin(self, account_id: UUID) -> str:
        """A new secret that does not count yet; one that waited before is forgotten."""
        secret = totp.new_secret()
        values = {
            "sealed_secret": self._sealer.seal(secret.encode(), _purpose(account_id)),
            "last_step": None,
            "created_at": self._clock.now(),
            "enabled_at": None,
        }
        statement = insert(Totp).values(account_id=account_id, **values)
        self._session.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))
        return secret

    def confirm(self, account_id: UUID, code: str) -> bool:
        """Let the waiting secret count from now on, if ``code`` is one of its codes."""
        if not self._use_totp(account_id, code, Totp.enabled_at.is_(None)):
            return False
        self._session.execute(
            sa.update(Totp).where(Totp.account_id == account_id).values(enabled_at=self._clock.now())
        )
        return True

    def use(self, account_id: UUID, typed: str) -> Used | None:
        """Use a code up.

        Returns:
            What it was; None when it is none, or was used before.
        """
        code = recovery_codes.normal_form(typed)
        if len(code) != recovery_codes.LENGTH:
            return "totp" if self._use_totp(account_id, code, Totp.enabled_at.is_not(None)) else None
        used = self._session.scalar(
            sa.delete(RecoveryCode)
            .where(
                RecoveryCode.account_id == account_id,
                RecoveryCode.code_hash == code_hash(self._settings, account_id, code),
            )
            .returning(RecoveryCode.account_id)
        )
        return "recovery_code" if used else None

    def new_recovery_codes(self, account_id: UUID) -> list[str]:
        """Ten codes; the ones before are worth nothing."""
        now, codes = self._clock.now(), recovery_codes.new_codes()
        self._session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
        hashes = (code_hash(self._settings, account_id, recovery_codes.normal_form(code)) for code in codes)
        self._session.execute(
            sa.insert(RecoveryCode),
            [{"account_id": account_id, "code_hash": each, "created_at": now} for each in hashes],
        )
        return codes

    def forget(self, account_id: UUID) -> None:
        """Forget the secret and all recovery codes."""
        for table in (Totp, RecoveryCode):
            self._session.execute(sa.delete(table).where(table.account_id == account_id))

    def _use_totp(self, account_id: UUID, code: str, which: sa.ColumnElement[bool]) -> bool:
        """Whether ``code`` is one of now, and newer than any that was used (RFC 6238 §5.2)."""
        mine = Totp.account_id == account_id
        sealed = self._session.scalar(sa.select(Totp.sealed_secret).where(mine, which))
        if sealed is None:
            return False
        secret = self._sealer.open(sealed, _purpose(account_id)).decode()
        step = totp.step_of(secret, code, self._clock.now())
        if step is None:
            return False
        is_newer = sa.or_(Totp.last_step.is_(None), Totp.last_step < step)
        statement = sa.update(Totp).where(mine, is_newer).values(last_step=step).returning(Totp.account_id)
        return self._session.scalar(statement) is not None


def _purpose(account_id: UUID) -> str:
    return f"totp:{account_id}"
