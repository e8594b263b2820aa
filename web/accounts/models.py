"""Tables of identity: accounts, ways in, pending sign-ups, sessions."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base

KINDS = ("person", "placeholder", "bot", "system")


class Account(Base):
    """Someone (or something) that acts on Plaza. Only a ``person`` counts in statistics."""

    __tablename__ = "accounts"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('person', 'placeholder', 'bot', 'system')", name="kind"),
        sa.UniqueConstraint("username_key"),
        sa.Index(None, "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(server_default="person")
    username: Mapped[str] = mapped_column(info={"personal": "name in addresses"})
    username_key: Mapped[str] = mapped_column(info={"personal": "username, case-folded and normalised"})
    nickname: Mapped[str] = mapped_column(info={"personal": "shown name"})
    password_hash: Mapped[str | None] = mapped_column(info={"personal": "Argon2id"})
    birth_date: Mapped[date | None] = mapped_column(info={"personal": "birth date"})
    zone: Mapped[str] = mapped_column(server_default="UTC", info={"personal": "IANA time zone"})
    locale: Mapped[str] = mapped_column(server_default="ko", info={"personal": "language of pages and mails"})
    is_admin: Mapped[bool] = mapped_column(server_default=sa.false())
    created_at: Mapped[datetime]


class MemberKey(Base):
    """The pseudonym under which the lake knows a member; erasing the row leaves counts of nobody."""

    __tablename__ = "member_keys"
    __table_args__ = (sa.UniqueConstraint("member_key"),)

    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "pseudonym"}
    )
    member_key: Mapped[UUID] = mapped_column(server_default=sa.func.gen_random_uuid())


class Email(Base):
    """A verified address: one way in."""

    __tablename__ = "emails"
    __table_args__ = (sa.UniqueConstraint("address_key"),)

    account_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    address: Mapped[str] = mapped_column(info={"personal": "email address"})
    address_key: Mapped[str] = mapped_column(info={"personal": "address, normalised"})
    verified_at: Mapped[datetime]


class SignUp(Base):
    """A sign-up that waits for its code. The account exists only once the code came back."""

    __tablename__ = "sign_ups"
    __table_args__ = (sa.Index(None, "expires_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(info={"personal": "email address"})
    password_hash: Mapped[str] = mapped_column(info={"personal": "Argon2id"})
    nickname: Mapped[str] = mapped_column(info={"personal": "shown name"})
    username: Mapped[str | None] = mapped_column(info={"personal": "name in addresses"})
    birth_date: Mapped[date] = mapped_column(info={"personal": "birth date"})
    zone: Mapped[str]
    locale: Mapped[str]
    code_hash: Mapped[str]
    tries: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Session(Base):
    """A login on one device. Access tokens name it; revoking it ends them."""

    __tablename__ = "sessions"
    __table_args__ = (
        sa.CheckConstraint("client IN ('web', 'api', 'cli')", name="client"),
        sa.Index(None, "account_id"),
        sa.Index("ix_sessions_revoked_at", "revoked_at", postgresql_where=sa.text("revoked_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    client: Mapped[str]
    scope: Mapped[str]
    user_agent: Mapped[str | None] = mapped_column(info={"personal": "device"})
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RefreshToken(Base):
    """A refresh token, hashed. Using one marks it; a second use revokes the session (RFC 9700 §4.14)."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (sa.Index(None, "session_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sessions.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
