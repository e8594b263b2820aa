"""Tables of the devices that notifications are pushed to."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class PushDevice(Base):
    """A browser or an app that a member is told on, while the session lives that registered it.

    Attributes:
        service: what reaches it: ``web_push``, ``expo`` or ``fcm``.
        address: the endpoint of Web Push, or the token that its service gave the app. Whoever registered it
            last has it: it belongs to the device, not to the member.
        p256dh: Web Push only: the device's public key, an uncompressed point on P-256 (RFC 8291 §3.1).
        auth: Web Push only: the secret that is shared with the device, 16 bytes (RFC 8291 §3.2).
        device_id: the app's own name for its installation.
        locale: the language of the device; None for the member's.
        seen_at: when it was registered last; apps do that at each start.
        failing_since: Web Push only: since when nothing could be handed over; None while it can.
    """

    __tablename__ = "devices"
    __table_args__ = (
        sa.CheckConstraint("device_type IN ('ios', 'android', 'web')", name="device_type"),
        sa.CheckConstraint("service IN ('web_push', 'expo', 'fcm')", name="service"),
        sa.CheckConstraint(
            "(service = 'web_push') = (p256dh IS NOT NULL) AND (p256dh IS NULL) = (auth IS NULL)",
            name="keys_of_web_push",
        ),
        sa.UniqueConstraint("address"),
        sa.Index(
            "uq_devices_member_id_device_id",
            "member_id",
            "device_id",
            unique=True,
            postgresql_where=sa.text("device_id IS NOT NULL"),
        ),
        sa.Index(None, "member_id"),
        sa.Index(None, "session_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sessions.id", ondelete="CASCADE"))
    device_type: Mapped[str] = mapped_column(info={"personal": "device"})
    service: Mapped[str]
    address: Mapped[str] = mapped_column(info={"personal": "where the device is reached"})
    p256dh: Mapped[bytes | None]
    auth: Mapped[bytes | None]
    device_id: Mapped[str | None] = mapped_column(info={"personal": "device"})
    app_version: Mapped[str | None] = mapped_column(info={"personal": "device"})
    locale: Mapped[str | None] = mapped_column(info={"personal": "language"})
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]


class PushReceipt(Base):
    """A push that Expo took, of which it says some minutes later whether it arrived; gone once it did."""

    __tablename__ = "push_receipts"
    __table_args__ = (sa.Index(None, "device_id"), sa.Index(None, "sent_at"))

    ticket: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(sa.ForeignKey("devices.id", ondelete="CASCADE"))
    sent_at: Mapped[datetime]
