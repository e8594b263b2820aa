"""Proofs under way: what waits for a code, a link or a second factor. All of it expires by itself."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class SignUp(Base):
    """A sign-up that waits for its code. The account exists only once the code, or the link, came back."""

    __tablename__ = "sign_ups"
    __table_args__ = (sa.Index(None, "expires_at"), sa.Index(None, "link_hash"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(info={"personal": "email address"})
    password_hash: Mapped[str] = mapped_column(info={"personal": "Argon2id"})
    nickname: Mapped[str] = mapped_column(info={"personal": "shown name"})
    full_name: Mapped[str | None] = mapped_column(info={"personal": "full name"})
    username: Mapped[str | None] = mapped_column(info={"personal": "name in addresses"})
    birth_date: Mapped[date] = mapped_column(info={"personal": "birth date"})
    zone: Mapped[str]
    locale: Mapped[str]
    code_hash: Mapped[str]
    link_hash: Mapped[str | None]
    tries: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    codes_sent: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    code_asked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class EmailChange(Base):
    """A new address that waits for its code; until then the old one counts."""

    __tablename__ = "email_changes"
    __table_args__ = (sa.Index(None, "expires_at"), sa.Index(None, "link_hash"))

    account_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(unique=True)
    address: Mapped[str] = mapped_column(info={"personal": "email address"})
    code_hash: Mapped[str]
    link_hash: Mapped[str | None]
    tries: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    code_asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PasswordReset(Base):
    """A wish to set a new password. Without an account behind the address nothing is ever mailed."""

    __tablename__ = "password_resets"
    __table_args__ = (sa.Index(None, "expires_at"), sa.Index(None, "token_hash"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(info={"personal": "email address"})
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    token_hash: Mapped[str | None]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PhoneCode(Base):
    """A code sent to a number: to get in, or (with ``account_id``) to add the number to an account.

    Rows stay for longer than an hour, because they also count what messages cost.
    """

    __tablename__ = "phone_codes"
    __table_args__ = (sa.Index(None, "number", "created_at"), sa.Index(None, "created_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(info={"personal": "phone number"})
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    locale: Mapped[str]
    code_hash: Mapped[str]
    tries: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Challenge(Base):
    """The middle of a proof that takes two steps.

    ``second_factor``: the first factor was right, ``methods`` says which, the second is awaited.
    ``passkey``: ``nonce`` is what an authenticator has to sign, for a log-in without a password.
    ``new_passkey``: the same, to add a passkey to ``account_id``.
    ``proof``: the same, for ``account_id`` to prove once more who they are.
    """

    __tablename__ = "challenges"
    __table_args__ = (
        sa.CheckConstraint("purpose IN ('second_factor', 'passkey', 'new_passkey', 'proof')", name="purpose"),
        sa.Index(None, "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    client: Mapped[str]
    methods: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default="{}")
    nonce: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    tries: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
