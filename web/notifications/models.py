"""Tables of notifications."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base

IS_OPEN = "in_app AND read_at IS NULL AND archived_at IS NULL"


class Notification(Base):
    """Something that happened to a member. Texts are made when it is read, in the reader's language.

    What was done to the same thing (``group_key``) is one row while it is open, that is neither read nor
    archived: ``actor_id``, ``event_id`` and ``created_at`` are those of the last who did it, and all of them
    are in ``notification_actors``.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        sa.UniqueConstraint("member_id", "event_id"),
        sa.Index("ix_notifications_recent", "member_id", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_notifications_unread", "member_id", postgresql_where=sa.text("read_at IS NULL")),
        sa.Index(
            "uq_notifications_open_group",
            "member_id",
            "group_key",
            unique=True,
            postgresql_where=sa.text(IS_OPEN),
        ),
        sa.Index(None, "member_id", "target_id", "type"),
        sa.Index(None, "actor_id"),
        sa.Index(None, "texted_at", postgresql_where=sa.text("texted_at IS NOT NULL")),
        sa.Index("ix_notifications_age", "created_at", postgresql_using="brin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(info={"personal": "what happened to the member"})
    actor_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    target_kind: Mapped[str]
    target_id: Mapped[UUID]
    event_id: Mapped[UUID]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    group_key: Mapped[str | None]
    actor_count: Mapped[int] = mapped_column(server_default="1")
    # Numbers and codes that the text names, such as {"days": 12}; never text.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    # False where the member wants it by other channels only.
    in_app: Mapped[bool] = mapped_column(server_default=sa.true())
    # When it was sent as a text message. Those cost and are counted: see ``IS_DELETED``.
    texted_at: Mapped[datetime | None]


# SQL: it was deleted or taken back, but a text was sent of it, which counts for a day.
IS_DELETED = sa.and_(sa.not_(Notification.in_app), Notification.archived_at.is_not(None))


class NotificationActor(Base):
    """Who did what a grouped notification tells, each once."""

    __tablename__ = "notification_actors"
    __table_args__ = (
        sa.Index("ix_notification_actors_recent", "notification_id", sa.text("happened_at DESC")),
        sa.Index(None, "actor_id"),
    )

    notification_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("notifications.id", ondelete="CASCADE"), primary_key=True
    )
    actor_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    happened_at: Mapped[datetime]


class NotificationChoice(Base):
    """Where a member wants a type by a channel, or does not; without a row it is as the type says."""

    __tablename__ = "notification_choices"
    __table_args__ = (
        sa.CheckConstraint("channel IN ('in_app', 'push', 'email', 'sms')", name="channel"),
        sa.Index(None, "type", postgresql_where=sa.text("wanted")),
    )

    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    type: Mapped[str] = mapped_column(primary_key=True, info={"personal": "wishes"})
    channel: Mapped[str] = mapped_column(primary_key=True, info={"personal": "wishes"})
    wanted: Mapped[bool] = mapped_column(info={"personal": "wishes"})


class NotificationSettings(Base):
    """By what a member is reached at all, and when not; no row means the defaults.

    Attributes:
        quiet_from: local time in the member's zone; ``quiet_until`` may be on the next day.
        digest_sent_at: when the last digest was made, sent or not.
    """

    __tablename__ = "notification_settings"
    __table_args__ = (
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_both"),
        sa.CheckConstraint("quiet_from <> quiet_until", name="quiet_differ"),
        sa.CheckConstraint("digest IN ('off', 'daily', 'weekly')", name="digest"),
        sa.Index(None, "digest", postgresql_where=sa.text("digest <> 'off'")),
    )

    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    push: Mapped[bool] = mapped_column(server_default=sa.true(), info={"personal": "wishes"})
    email: Mapped[bool] = mapped_column(server_default=sa.true(), info={"personal": "wishes"})
    sms: Mapped[bool] = mapped_column(server_default=sa.false(), info={"personal": "wishes"})
    quiet_from: Mapped[time | None] = mapped_column(info={"personal": "when the member rests"})
    quiet_until: Mapped[time | None] = mapped_column(info={"personal": "when the member rests"})
    digest: Mapped[str] = mapped_column(server_default="off", info={"personal": "wishes"})
    digest_sent_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
