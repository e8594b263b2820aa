"""Accounts themselves: making them, changing them, and how they stand."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.accounts.audit import AuditLog
from web.accounts.errors import AccountExists, BirthDateFixed, TooYoung, UsernameTaken
from web.accounts.events import (
    BanLifted,
    DeletionCancelled,
    DeletionRequested,
    MemberBanned,
    MemberDeactivated,
    MemberJoined,
    MemberSuspended,
    ProfileChanged,
    SuspensionLifted,
)
from web.accounts.models import Account, Email, MemberKey, Profile
from web.accounts.policy import (
    ADULT_AGE,
    MINIMUM_AGE,
    RETURN_WITHIN,
    address_key,
    age_on,
    username_from,
    username_key,
)
from web.accounts.schemas import Erasure, ProfileChange
from web.accounts.sessions.news import SessionNews
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.accounts.sessions.service import SessionService
from web.core.clock import Clock
from web.core.devices import NO_DEVICE, Device
from web.core.errors import AccountLeaving, NotFound, ValidationFailed
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.refs import Ref
from web.core.wording import TextCheck

GENERATED_NAMES = 5  # tries to find a free one
MESSAGES_OF_MINORS = "friends_only"
_OF_ACCOUNTS = ("nickname", "username", "birth_date", "zone", "locale")


class AccountService:
    """Makes and changes accounts. Raises DomainError subclasses; never commits.

    ``by`` is the administrator who acts, or None for the command line; the audit log keeps it.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        jobs: JobLog,
        sessions: SessionService,
        session_news: SessionNews,
        security: SecurityLog,
        audit: AuditLog,
        wording: TextCheck,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._jobs = jobs
        self._sessions = sessions
        self._session_news = session_news
        self._security = security
        self._audit = audit
        self._wording = wording

    def create(
        self,
        *,
        nickname: str,
        email: str | None = None,
        password_hash: str | None = None,
        username: str | None = None,
        full_name: str | None = None,
        birth_date: date | None = None,
        zone: str = "UTC",
        locale: str = "ko",
        is_admin: bool = False,
    ) -> UUID:
        """Make a person's account, with a verified address when one is given; the caller adds other ways in.

        Raises:
            AccountExists, UsernameTaken
        """
        now = self._clock.now()
        is_minor = birth_date is not None and age_on(now.date(), birth_date) < ADULT_AGE
        member_id = self._insert_account(
            username,
            email,
            {
                "password_hash": password_hash,
                "nickname": nickname,
                "birth_date": birth_date,
                "zone": zone,
                "locale": locale,
                "is_admin": is_admin,
                "who_can_send_messages": MESSAGES_OF_MINORS if is_minor else "everyone",
                "created_at": now,
            },
        )
        if email is not None:
            self._insert_email(member_id, email, now)
        if full_name is not None:
            self._session.execute(
                sa.insert(Profile), {"account_id": member_id, "full_name": full_name, "updated_at": now}
            )
        self._session.execute(sa.insert(MemberKey), {"member_id": member_id})
        # Nobody is kept out for a name that they did not choose here: it is only looked at.
        verdict = self._wording.check(words_of({"nickname": nickname, "full_name": full_name}))
        self._wording.flag(member_id, Ref("member", member_id), verdict)
        self._events.emit(MemberJoined(member_id=member_id))
        return member_id

    def change(self, member_id: UUID, change: ProfileChange) -> None:
        """Change what was given and nothing else.

        Raises:
            UsernameTaken: it is somebody else's, or looks like it.
            TooYoung, BirthDateFixed, ContentRefused
        """
        account = self._locked(member_id)
        told = self._session.get(Profile, member_id) or Profile(
            account_id=member_id, interests=[], native_languages=[], target_languages=[]
        )
        holders = {name: account if name in _OF_ACCOUNTS else told for name in change.given}
        changed = {
            name: value for name, value in change.given.items() if value != getattr(holders[name], name)
        }
        if not changed:
            return
        verdict = self._wording.passed(words_of(changed))
        if "birth_date" in changed:
            self._give_birth_date(account, changed["birth_date"])
        if "username" in changed:
            self._rename(account, changed["username"])
        for name, value in changed.items():
            setattr(holders[name], name, value)
            if holders[name] is told:
                told.updated_at = self._clock.now()
                self._session.add(told)
        self._session.flush()
        self._wording.flag(member_id, Ref("member", member_id), verdict)
        self._events.emit(ProfileChanged(member_id=member_id, changed=list(changed)))
        self._session_news.changed(member_id)

    def set_locale(self, member_id: UUID, locale: str) -> None:
        """Change the language of pages and mails."""
        self.change(member_id, ProfileChange.model_validate({"locale": locale}))

    def suspend(self, member_id: UUID, until: datetime, reason: str, by: UUID | None) -> None:
        """Shut a member out until a moment; it is lifted by itself then.

        Raises:
            NotFound, ValidationFailed
        """
        if until <= self._clock.now():
            raise ValidationFailed(fields=[{"field": "until", "message": "must be in the future"}])
        account = self._locked(member_id)
        account.suspended_until, account.sanction_reason = until, reason
        self._shut_out(account, SecurityKind.SUSPENDED)
        self._events.emit(MemberSuspended(member_id=member_id))
        self._audit.note(by, "suspend", Ref("member", member_id), until=until.isoformat(), reason=reason)

    def lift_suspension(self, member_id: UUID, by: UUID | None) -> bool:
        """Lift a suspension before its time.

        Returns:
            Whether there was one.
        """
        account = self._locked(member_id)
        if account.suspended_until is None or account.suspended_until <= self._clock.now():
            return False
        account.suspended_until = None
        account.sanction_reason = account.sanction_reason if account.banned_at else None
        self._note(account, SecurityKind.SUSPENSION_LIFTED)
        self._events.emit(SuspensionLifted(member_id=member_id))
        self._audit.note(by, "lift_suspension", Ref("member", member_id))
        return True

    def ban(self, member_id: UUID, reason: str, by: UUID | None) -> None:
        """Shut a member out for good.

        Raises:
            NotFound
        """
        account = self._locked(member_id)
        account.banned_at, account.sanction_reason = account.banned_at or self._clock.now(), reason
        self._shut_out(account, SecurityKind.BANNED)
        self._events.emit(MemberBanned(member_id=member_id))
        self._audit.note(by, "ban", Ref("member", member_id), reason=reason)

    def lift_ban(self, member_id: UUID, by: UUID | None) -> bool:
        """Lift a ban; a suspension that was there before goes on.

        Returns:
            Whether there was one.
        """
        account = self._locked(member_id)
        if account.banned_at is None:
            return False
        account.banned_at = account.sanction_reason = None
        self._note(account, SecurityKind.BAN_LIFTED)
        self._events.emit(BanLifted(member_id=member_id))
        self._audit.note(by, "lift_ban", Ref("member", member_id))
        return True

    def deactivate(self, member_id: UUID, session_id: UUID, device: Device = NO_DEVICE) -> None:
        """Let a member leave for a while: all their sessions end. Logging in within 30 days undoes it.

        Raises:
            ReauthenticationRequired
            AccountLeaving: they asked to be deleted, which goes further.
        """
        self._sessions.require_recent_proof(session_id)
        account = self._locked(member_id)
        if account.deletion_requested_at is not None:
            raise AccountLeaving()
        account.deactivated_at = self._clock.now()
        self._shut_out(account, SecurityKind.DEACTIVATED, device)
        self._events.emit(MemberDeactivated(member_id=member_id))

    def request_deletion(
        self, member_id: UUID, session_id: UUID, keeps_content: bool, device: Device = NO_DEVICE
    ) -> Erasure:
        """Want the account erased in 30 days. Other sessions end; this one may only come to the account.

        Asking again changes what happens to the content, not the day.

        Raises:
            ReauthenticationRequired
        """
        self._sessions.require_recent_proof(session_id)
        account = self._locked(member_id)
        account.keeps_content = keeps_content
        asked_at = account.deletion_requested_at
        if asked_at is None:
            asked_at = account.deletion_requested_at = self._clock.now()
            self._note(account, SecurityKind.DELETION_REQUESTED, device)
            self._sessions.revoke_all(member_id, SecurityKind.DELETION_REQUESTED, but=session_id)
            self._events.emit(DeletionRequested(member_id=member_id))
        self._session.flush()
        self._session_news.changed(member_id)
        return Erasure(
            deletion_requested_at=asked_at,
            erased_on=(asked_at + RETURN_WITHIN).date(),
            keeps_content=keeps_content,
        )

    def cancel_deletion(self, member_id: UUID, device: Device = NO_DEVICE) -> None:
        """Stay after all; without a wish to be deleted nothing happens."""
        account = self._locked(member_id)
        if account.deletion_requested_at is None:
            return
        account.deletion_requested_at = None
        self._note(account, SecurityKind.DELETION_CANCELLED, device)
        self._events.emit(DeletionCancelled(member_id=member_id))

    def _locked(self, member_id: UUID) -> Account:
        """The account of a person, locked until the transaction ends."""
        account = self._session.get(Account, member_id, with_for_update=True, populate_existing=True)
        if account is None or account.kind != "person" or account.erased_at is not None:
            raise NotFound()
        return account

    def _shut_out(self, account: Account, kind: SecurityKind, device: Device = NO_DEVICE) -> None:
        """End all sessions of an account that now stands in a way that allows none."""
        self._note(account, kind, device)
        self._sessions.revoke_all(account.id, kind.value)

    def _note(self, account: Account, kind: SecurityKind, device: Device = NO_DEVICE) -> None:
        """Write down how the account stands now, and want the member told."""
        self._session.flush()
        self._session_news.changed(account.id)
        self._security.note(account.id, kind, device)
        self._jobs.add("accounts.mail_standing", account_id=account.id, news=kind.value)

    def _give_birth_date(self, account: Account, birth_date: date) -> None:
        """Given once; it decides what a member may do, so that nobody grows older by choice."""
        if account.birth_date is not None:
            raise BirthDateFixed()
        age = age_on(self._clock.now().date(), birth_date)
        if age < MINIMUM_AGE:
            raise TooYoung()
        if age < ADULT_AGE:
            account.who_can_send_messages = MESSAGES_OF_MINORS

    def _rename(self, account: Account, username: str) -> None:
        """The database decides whether a name is free, so that of two who want it one gets it."""
        try:
            with self._session.begin_nested():
                account.username, account.username_key = username, username_key(username)
                self._session.flush()
        except IntegrityError as error:
            raise UsernameTaken() from error

    def _insert_account(self, username: str | None, email: str | None, values: dict[str, object]) -> UUID:
        """Insert under the wanted name, or under the first free one made of the address."""
        statement = insert(Account).on_conflict_do_nothing().returning(Account.id)
        for name in [username] if username else _generated_names(email):
            row = {"id": new_id(), "kind": "person", "username": name, "username_key": username_key(name)}
            member_id = self._session.scalar(statement, {**row, **values})
            if member_id is not None:
                return member_id
        raise UsernameTaken()

    def _insert_email(self, member_id: UUID, email: str, now: datetime) -> None:
        row = {
            "account_id": member_id,
            "address": email,
            "address_key": address_key(email),
            "verified_at": now,
        }
        statement = insert(Email).on_conflict_do_nothing(index_elements=["address_key"])
        if not self._session.scalar(statement.returning(Email.account_id), row):
            raise AccountExists()


def words_of(told: Mapping[str, Any]) -> str:
    """What there is to read of what a member tells; names may be written in capitals."""
    names = (told.get(field) or "" for field in ("nickname", "username", "full_name", "place"))
    lines = (*map(str.casefold, names), *(told.get("interests") or ()), told.get("bio") or "")
    return "\n".join(filter(None, lines))


def _generated_names(email: str | None) -> list[str]:
    """Names to try for somebody who chose none: from the address, or ``member-<random>`` without one."""
    if email is None:
        return [f"member_{secrets.token_hex(4)}" for _ in range(GENERATED_NAMES)]
    base = username_from(email)
    return [base, *(f"{base}{secrets.randbelow(10**6)}" for _ in range(GENERATED_NAMES))]
