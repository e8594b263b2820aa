"""What a member should know about the safety of their account, noted, and mailed where it matters."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import SecurityEvent
from web.core.clock import Clock
from web.core.devices import NO_DEVICE, Device
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.services import Services


class SecurityKind(StrEnum):
    """What can be noted."""

    LOGGED_IN = "logged_in"
    LOGGED_IN_NEW_DEVICE = "logged_in_new_device"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - a name
    SESSION_ENDED = "session_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a name
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a name
    EMAIL_CHANGED = "email_changed"
    EMAIL_REMOVED = "email_removed"
    PHONE_CHANGED = "phone_changed"
    PHONE_REMOVED = "phone_removed"
    GOOGLE_LINKED = "google_linked"
    GOOGLE_REMOVED = "google_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_COPIED = "passkey_copied"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    DATA_REQUESTED = "data_requested"
    DEACTIVATED = "deactivated"
    RETURNED = "returned"
    DELETION_REQUESTED = "deletion_requested"
    DELETION_CANCELLED = "deletion_cancelled"
    SUSPENDED = "suspended"
    SUSPENSION_LIFTED = "suspension_lifted"
    BANNED = "banned"
    BAN_LIFTED = "ban_lifted"


# What nobody has to be told about by mail: it happens all the time, or another mail tells it.
NOT_MAILED = frozenset(
    {
        SecurityKind.LOGGED_IN,
        SecurityKind.SESSION_ENDED,
        SecurityKind.DATA_REQUESTED,
        SecurityKind.SUSPENDED,
        SecurityKind.SUSPENSION_LIFTED,
        SecurityKind.BANNED,
        SecurityKind.BAN_LIFTED,
        SecurityKind.DEACTIVATED,
        SecurityKind.DELETION_REQUESTED,
        SecurityKind.DELETION_CANCELLED,
    }
)


class Noted(NamedTuple):
    """A security event that was noted."""

    id: UUID
    account_id: UUID
    kind: SecurityKind


class SecurityWatchers:
    """What features above do when something is noted: in the same transaction, with O(1) writes."""

    def __init__(self) -> None:
        self._watchers: list[Callable[[Services, Noted], None]] = []

    def add(self, watcher: Callable[[Services, Noted], None]) -> None:
        """Call ``watcher`` each time."""
        self._watchers.append(watcher)

    def tell(self, services: Services, noted: Noted) -> None:
        """Call them all."""
        for watcher in self._watchers:
            watcher(services, noted)


class SecurityLog:
    """Notes security events in the transaction of what they tell about."""

    def __init__(
        self, session: Session, clock: Clock, jobs: JobLog, watchers: SecurityWatchers, services: Services
    ) -> None:
        self._session = session
        self._clock = clock
        self._jobs = jobs
        self._watchers = watchers
        self._services = services

    def note(
        self,
        account_id: UUID,
        kind: SecurityKind,
        device: Device = NO_DEVICE,
        *,
        former_address: str | None = None,
    ) -> None:
        """Note an event, and want it mailed unless it is of a kind that is not.

        Args:
            former_address: an address that was the member's until now; it is told, too.
        """
        event_id = new_id()
        columns: Mapping[str, object] = {
            "id": event_id,
            "account_id": account_id,
            "kind": kind.value,
            **device.columns,
            "former_address": former_address,
            "occurred_at": self._clock.now(),
        }
        self._session.execute(sa.insert(SecurityEvent), dict(columns))
        if kind not in NOT_MAILED:
            self._jobs.add("accounts.mail_security_event", event_id=event_id)
        if former_address is not None:
            self._jobs.add("accounts.mail_former_address", event_id=event_id)
        self._watchers.tell(self._services, Noted(event_id, account_id, kind))
