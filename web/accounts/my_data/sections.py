"""What the tables of accounts hold about a member: their copy of it, and its end."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session as DbSession

from web.accounts.models import (
    Account,
    Appearance,
    BlockedKeyword,
    DataExport,
    Email,
    EmailChange,
    GoogleLink,
    Passkey,
    Phone,
    Profile,
    RefreshToken,
    SecurityEvent,
    Session,
    Totp,
)
from web.core.db import AnySelect
from web.core.personal_data import PersonalData, Section, stream
from web.core.services import Services


class AccountRecord(BaseModel):
    """The account itself, with its privacy settings."""

    id: UUID
    username: str
    nickname: str
    birth_date: date | None
    zone: str = Field(description="IANA time zone")
    locale: str
    is_admin: bool
    has_password: bool
    second_factor_since: datetime | None
    created_at: datetime
    suspended_until: datetime | None
    banned_at: datetime | None
    sanction_reason: str | None
    deactivated_at: datetime | None
    deletion_requested_at: datetime | None
    keeps_content: bool = Field(description="whether public content stays when the account is erased")
    profile_visibility: str
    who_can_send_friend_requests: str
    who_can_send_messages: str
    show_followers_list: str
    show_following_list: str
    online_status_visible: bool
    appear_in_suggestions: bool
    share_activity_with_friends: bool
    privacy_changed_at: datetime | None


class ProfileRecord(BaseModel):
    """What the member tells of themselves."""

    full_name: str | None
    bio: str | None
    place: str | None
    interests: list[str]
    native_languages: list[str]
    target_languages: list[str]
    updated_at: datetime


class WayInRecord(BaseModel):
    """Something that lets the member in, or that waits to."""

    kind: str = Field(description="email, email_to_verify, phone, google, passkey or authenticator")
    name: str | None = Field(description="the address, the number, or what the member calls the device")
    since: datetime
    last_used_at: datetime | None


class SessionRecord(BaseModel):
    """A log-in on one device."""

    id: UUID
    client: str
    user_agent: str | None
    ip: str | None
    methods: list[str] = Field(description="how the member proved who they are (RFC 8176)")
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class RefreshRecord(BaseModel):
    """A renewal of a session."""

    session_id: UUID
    user_agent: str | None
    ip: str | None
    created_at: datetime
    used_at: datetime | None


class AppearanceRecord(BaseModel):
    """How the member wants pages to look."""

    theme_mode: str
    accent_color: str | None
    font_size_multiplier: Decimal
    updated_at: datetime


class BlockedKeywordRecord(BaseModel):
    """A word that the member does not want to read."""

    keyword: str
    created_at: datetime


class SecurityEventRecord(BaseModel):
    """Something that touched the safety of the account."""

    id: UUID
    kind: str
    user_agent: str | None
    ip: str | None
    former_address: str | None = Field(description="the address that was in use until then")
    occurred_at: datetime


class DataCopyRecord(BaseModel):
    """A copy like this one that the member asked for."""

    id: UUID
    status: str
    requested_at: datetime
    ready_at: datetime | None
    expires_at: datetime


_member = sa.bindparam("member", type_=sa.Uuid())


def _rows(
    table: type[Profile | Session | Appearance | BlockedKeyword | SecurityEvent | DataExport],
    record: type[BaseModel],
    order: sa.SQLColumnExpression[datetime],
) -> AnySelect:
    columns = (table.__table__.c[name] for name in record.model_fields)
    return sa.select(*columns).where(table.account_id == _member).order_by(order)


def _way_in(
    kind: str,
    of: sa.SQLColumnExpression[UUID],
    name: sa.SQLColumnExpression[str] | None,
    since: sa.SQLColumnExpression[datetime] | sa.SQLColumnExpression[datetime | None],
    last_used_at: sa.SQLColumnExpression[datetime | None] | None = None,
) -> AnySelect:
    return sa.select(
        sa.literal(kind, sa.Text).label("kind"),
        sa.cast(sa.null() if name is None else name, sa.Text).label("name"),
        since.label("since"),
        sa.cast(sa.null() if last_used_at is None else last_used_at, sa.DateTime(timezone=True)).label(
            "last_used_at"
        ),
    ).where(of == _member, since.is_not(None))


_ACCOUNT = sa.select(
    *(Account.__table__.c[name] for name in AccountRecord.model_fields if name != "has_password"),
    Account.password_hash.is_not(None).label("has_password"),
).where(Account.id == _member)
_WAYS_IN = sa.select(
    sa.union_all(
        _way_in("email", Email.account_id, Email.address, Email.verified_at),
        _way_in("email_to_verify", EmailChange.account_id, EmailChange.address, EmailChange.code_asked_at),
        _way_in("phone", Phone.account_id, Phone.number, Phone.verified_at),
        _way_in("google", GoogleLink.account_id, GoogleLink.email, GoogleLink.linked_at),
        _way_in("passkey", Passkey.account_id, Passkey.name, Passkey.created_at, Passkey.last_used_at),
        _way_in("authenticator", Totp.account_id, None, Totp.enabled_at),
    ).subquery("ways_in")
)
_REFRESHES = (
    sa.select(*(RefreshToken.__table__.c[name] for name in RefreshRecord.model_fields))
    .join(Session, Session.id == RefreshToken.session_id)
    .where(Session.account_id == _member)
    .order_by(RefreshToken.created_at)
)


def _section(name: str, tables: tuple[str, ...], record: type[BaseModel], statement: AnySelect) -> Section:
    def records(services: Services, member_id: UUID) -> Iterator[BaseModel]:
        return stream(services[DbSession], record, statement, member=member_id)

    return Section(name, tables, record, records)


def register(personal_data: PersonalData) -> None:
    """Sections of accounts, and what has no place in them."""
    ways_in = ("emails", "email_changes", "phones", "google_links", "passkeys", "totps")
    of = _rows
    personal_data.export(
        _section("account", ("accounts",), AccountRecord, _ACCOUNT),
        _section("profile", ("profiles",), ProfileRecord, of(Profile, ProfileRecord, Profile.updated_at)),
        _section("ways_in", ways_in, WayInRecord, _WAYS_IN),
        _section("sessions", ("sessions",), SessionRecord, of(Session, SessionRecord, Session.created_at)),
        _section("session_renewals", ("refresh_tokens",), RefreshRecord, _REFRESHES),
        _section(
            "appearance",
            ("appearances",),
            AppearanceRecord,
            of(Appearance, AppearanceRecord, Appearance.updated_at),
        ),
        _section(
            "blocked_keywords",
            ("blocked_keywords",),
            BlockedKeywordRecord,
            of(BlockedKeyword, BlockedKeywordRecord, BlockedKeyword.created_at),
        ),
        _section(
            "security_events",
            ("security_events",),
            SecurityEventRecord,
            of(SecurityEvent, SecurityEventRecord, SecurityEvent.occurred_at),
        ),
        _section(
            "data_copies",
            ("data_exports",),
            DataCopyRecord,
            of(DataExport, DataCopyRecord, DataExport.requested_at),
        ),
    )
    personal_data.keep_out("member_keys", "a random name in the statistics that means nothing elsewhere")
    for table in ("former_passwords", "recovery_codes"):
        personal_data.keep_out(table, "only secrets, hashed")
    for table in ("sign_ups", "password_resets", "phone_codes", "challenges"):
        personal_data.keep_out(table, "proofs under way, gone by themselves soon")
    personal_data.keep("sign_ups", "wishes to join, of nobody who has an account; gone within a day")
