"""Ways in: each proves who somebody is. An account has at least one."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Email(Base):
    """A verified address."""

    __tablename__ = "emails"
    __table_args__ = (sa.UniqueConstraint("address_key"),)

    account_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    address: Mapped[str] = mapped_column(info={"personal": "email address"})
    address_key: Mapped[str] = mapped_column(info={"personal": "address, normalised"})
    verified_at: Mapped[datetime]


class Phone(Base):
    """A verified number, E.164."""

    __tablename__ = "phones"
    __table_args__ = (sa.UniqueConstraint("number"),)

    account_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[str] = mapped_column(info={"personal": "phone number"})
    verified_at: Mapped[datetime]


class GoogleLink(Base):
    """A Google account, by the subject of its id_token."""

    __tablename__ = "google_links"
    __table_args__ = (sa.UniqueConstraint("subject"),)

    account_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    subject: Mapped[str] = mapped_column(info={"personal": "Google account"})
    email: Mapped[str] = mapped_column(info={"personal": "email address at Google"})
    linked_at: Mapped[datetime]


class Passkey(Base):
    """A WebAuthn credential (W3C Web Authentication Level 2)."""

    __tablename__ = "passkeys"
    __table_args__ = (sa.UniqueConstraint("credential_id"), sa.Index(None, "account_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary, info={"personal": "passkey"})
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    transports: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default="{}")
    name: Mapped[str] = mapped_column(info={"personal": "what the member calls the device"})
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None] = mapped_column(info={"personal": "last use"})


class FormerPassword(Base):
    """A password that was in use; the last ones may not come back."""

    __tablename__ = "former_passwords"
    __table_args__ = (sa.Index(None, "account_id", "replaced_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    password_hash: Mapped[str] = mapped_column(info={"personal": "Argon2id"})
    replaced_at: Mapped[datetime]


class Totp(Base):
    """A time-based one-time password generator (RFC 6238); it counts once ``enabled_at`` is set.

    ``last_step`` is the newest time step that was used: a code works once (RFC 6238 §5.2).
    """

    __tablename__ = "totps"

    account_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    sealed_secret: Mapped[bytes] = mapped_column(
        sa.LargeBinary, info={"personal": "second factor, encrypted"}
    )
    last_step: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime]
    enabled_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code for the day when the second factor is lost; using it deletes it."""

    __tablename__ = "recovery_codes"

    account_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[str] = mapped_column(primary_key=True, info={"personal": "second factor, hashed"})
    created_at: Mapped[datetime]
