"""Phone numbers as a way in: a code by text message, an account.

A request never looks whether a number is known: neither its answer nor its time tells. What messages cost is
capped three times: per number, per address of the caller, and for all of Plaza per hour.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.accounts.codes import CODE_LIFETIME, RESEND_AFTER, same_code
from web.accounts.errors import InvalidCode, PhoneTaken
from web.accounts.models import Phone, PhoneCode
from web.accounts.schemas import PhoneConfirmation, PhoneProof, PhoneTicket, PhoneWish
from web.accounts.service import AccountService
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.accounts.sessions.service import SessionService
from web.accounts.ways_in.arrival import Arrival
from web.accounts.ways_in.remaining import lock_account, require_another_way_in
from web.core.clock import Clock
from web.core.db import Engines, give_back
from web.core.devices import Device
from web.core.errors import NotFound, RateLimited, Unavailable
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.settings import Settings
from web.core.throttle import Throttle

log = structlog.get_logger(__name__)

MOST_TRIES = 3
BUDGET_PERIOD = timedelta(hours=1)

_TAKE_TURNS = sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("plaza text messages", 0)))
_LAST_SENT = sa.select(sa.func.max(PhoneCode.created_at)).where(PhoneCode.number == sa.bindparam("number"))
_SENT_SINCE = sa.select(
    sa.func.count().label("messages"), sa.func.min(PhoneCode.created_at).label("first_at")
).where(PhoneCode.created_at > sa.bindparam("since"))
_NEWEST = (
    sa.select(PhoneCode.id)
    .where(
        PhoneCode.number == sa.bindparam("its_number"),
        PhoneCode.account_id.is_not_distinct_from(sa.bindparam("whose", type_=sa.Uuid())),
    )
    .order_by(PhoneCode.created_at.desc(), PhoneCode.id.desc())
    .limit(1)
)
_TRY = (
    sa.update(PhoneCode)
    .where(
        PhoneCode.id == _NEWEST.scalar_subquery(),
        PhoneCode.tries < MOST_TRIES,
        PhoneCode.used_at.is_(None),
        PhoneCode.expires_at > sa.bindparam("now"),
        PhoneCode.code_hash != "",
    )
    .values(tries=PhoneCode.tries + 1)
    .returning(PhoneCode.id, PhoneCode.code_hash)
)
_HOLDER = sa.select(Phone.account_id).where(Phone.number == sa.bindparam("number"))


def newest_code(session: Session, number: str, account_id: UUID | None) -> UUID | None:
    """The code that counts, of those to get in, or of those to add the number to an account."""
    return session.scalar(_NEWEST, {"its_number": number, "whose": account_id})


class PhoneService:
    """Sends codes and takes them. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        engines: Engines,
        clock: Clock,
        settings: Settings,
        throttle: Throttle,
        accounts: AccountService,
        sessions: SessionService,
        security: SecurityLog,
        jobs: JobLog,
    ) -> None:
        self._session = session
        self._engines = engines
        self._clock = clock
        self._settings = settings
        self._throttle = throttle
        self._accounts = accounts
        self._sessions = sessions
        self._security = security
        self._jobs = jobs

    def send_code(self, wish: PhoneWish, device: Device) -> PhoneTicket:
        """Want a code sent with which its reader gets in; the one before is worthless from now on.

        Raises:
            RateLimited: sooner than a minute after the last one, or too many for this number or device.
            Unavailable: Plaza has sent as many messages as it may in an hour, or attempts cannot be counted.
        """
        return self._send(wish, device, account_id=None)

    def verify(self, proof: PhoneProof) -> Arrival:
        """Use a code to get in; a number that nobody has gets an account, without a birth date yet.

        Raises:
            InvalidCode: wrong, too old, used, tried too often, or none was sent.
            PhoneTaken: somebody else was faster.
        """
        self._use_code(proof, account_id=None)
        member_id = self._session.scalar(_HOLDER, {"number": proof.phone_number})
        if member_id is not None:
            return Arrival(member_id, is_new=False)
        name = f"member_{secrets.token_hex(6)}"
        member_id = self._accounts.create(
            nickname=name, username=name, zone=proof.zone, locale=proof.locale or "ko"
        )
        self._keep(member_id, proof.phone_number)
        return Arrival(member_id, is_new=True)

    def add(self, member_id: UUID, session_id: UUID, wish: PhoneWish, device: Device) -> PhoneTicket:
        """Want a code sent with which a member adds the number, also one that somebody else has.

        Raises:
            ReauthenticationRequired, RateLimited, Unavailable
        """
        self._sessions.require_recent_proof(session_id)
        return self._send(wish, device, account_id=member_id)

    def confirm(self, member_id: UUID, confirmation: PhoneConfirmation, device: Device) -> None:
        """Use a code to add its number, in the place of the one before. The proof for it came with the wish.

        Raises:
            InvalidCode
            PhoneTaken: it is another member's way in.
        """
        self._use_code(confirmation, account_id=member_id)
        lock_account(self._session, member_id)
        self._keep(member_id, confirmation.phone_number)
        self._security.note(member_id, SecurityKind.PHONE_CHANGED, device)

    def remove(self, member_id: UUID, session_id: UUID, device: Device) -> None:
        """Remove a member's number, where there is another way in.

        Raises:
            ReauthenticationRequired, LastWayIn
            NotFound: there is none.
        """
        self._sessions.require_recent_proof(session_id)
        lock_account(self._session, member_id)
        mine = Phone.account_id == member_id
        if not self._session.scalar(sa.select(sa.exists().where(mine))):
            raise NotFound()
        require_another_way_in(self._session, member_id)
        self._session.execute(sa.delete(Phone).where(mine))
        self._security.note(member_id, SecurityKind.PHONE_REMOVED, device)

    def _send(self, wish: PhoneWish, device: Device, account_id: UUID | None) -> PhoneTicket:
        number, now = wish.phone_number, self._clock.now()
        self._require_patience(number, now)  # before counting: impatience costs none of the attempts
        subjects = [f"ip:{device.ip}", f"number:{number}"]
        for subject in [*subjects, f"account:{account_id}"] if account_id else subjects:
            self._throttle.count("otp", subject)
        # Until this transaction ends, so that many at once are no more than many in a row.
        self._session.execute(_TAKE_TURNS)
        self._require_patience(number, now)
        self._require_budget(now)
        code = {
            "id": new_id(),
            "number": number,
            "account_id": account_id,
            "locale": wish.locale or "ko",
            "code_hash": "",  # nothing matches until the message is on its way
            "created_at": now,
            "expires_at": now + CODE_LIFETIME,
        }
        self._session.execute(sa.insert(PhoneCode), code)
        self._jobs.add("accounts.send_phone_code", code_id=str(code["id"]))
        return PhoneTicket(
            phone_number=number, expires_at=now + CODE_LIFETIME, resend_after=now + RESEND_AFTER
        )

    def _require_patience(self, number: str, now: datetime) -> None:
        last = self._session.scalar(_LAST_SENT, {"number": number})
        if last is not None and last + RESEND_AFTER > now:
            raise RateLimited(headers=_retry_after(last + RESEND_AFTER - now))

    def _require_budget(self, now: datetime) -> None:
        """The cap on what messages cost; counted in rows, so that no outage opens it."""
        sent = self._session.execute(_SENT_SINCE, {"since": now - BUDGET_PERIOD}).one()
        if sent.messages >= self._settings.sms_per_hour:
            log.error("text_messages_used_up", per_hour=self._settings.sms_per_hour)
            wait = sent.first_at + BUDGET_PERIOD - now if sent.first_at else BUDGET_PERIOD
            raise Unavailable(headers=_retry_after(wait))

    def _use_code(self, given: PhoneConfirmation, account_id: UUID | None) -> None:
        """Use up the newest code of a number; of two who do so at once the second finds it used."""
        code_id, expected = self._count_try(given.phone_number, account_id)
        if not same_code(expected, self._settings, code_id, given.code):
            raise InvalidCode()
        use = sa.update(PhoneCode).where(PhoneCode.id == code_id, PhoneCode.used_at.is_(None))
        used_at = self._clock.now()
        if self._session.scalar(use.values(used_at=used_at).returning(PhoneCode.id)) is None:
            raise InvalidCode()

    def _count_try(self, number: str, account_id: UUID | None) -> tuple[UUID, str]:
        """Count a try in a transaction of its own, because a wrong one rolls the request's back.

        Returns:
            The code that is meant, and the hash that it must have.
        """
        give_back(self._session)
        values = {"its_number": number, "whose": account_id, "now": self._clock.now()}
        with self._engines.writes.begin() as connection:
            code = connection.execute(_TRY, values).one_or_none()
        if code is None:
            raise InvalidCode()
        return code.id, code.code_hash

    def _keep(self, member_id: UUID, number: str) -> None:
        statement = insert(Phone)
        changed = {"number": statement.excluded.number, "verified_at": statement.excluded.verified_at}
        row = {"account_id": member_id, "number": number, "verified_at": self._clock.now()}
        try:
            with self._session.begin_nested():
                self._session.execute(
                    statement.on_conflict_do_update(index_elements=["account_id"], set_=changed), row
                )
        except IntegrityError as error:
            raise PhoneTaken() from error


def _retry_after(wait: timedelta) -> dict[str, str]:
    return {"Retry-After": str(max(1, round(wait.total_seconds())))}
