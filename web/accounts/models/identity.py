"""Who a member is: the account, its pseudonym in the lake, and what the member tells of themselves."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from web.accounts.policy import LOOK_ALIKES
from web.core.db import Base


def skeleton_expression(username: sa.SQLColumnExpression[str]) -> sa.ColumnElement[str]:
    """SQL of :func:`web.accounts.policy.skeleton`: names that look alike have the same one."""
    expression: sa.ColumnElement[str] = sa.func.lower(username)
    for pair, letter in LOOK_ALIKES.pairs:
        expression = sa.func.replace(
            expression, sa.literal_column(f"'{pair}'"), sa.literal_column(f"'{letter}'")
        )
    seen, meant = f"'{LOOK_ALIKES.seen}'", f"'{LOOK_ALIKES.meant}'"
    return sa.func.translate(expression, sa.literal_column(seen), sa.literal_column(meant))


class Account(Base):
    """Someone (or something) that acts on Plaza. Only a ``person`` counts in statistics.

    The moments say how the account stands (``web.accounts.policy.standing``): ``suspended_until`` lifts
    itself, ``erased_at`` marks what is left of an erased member, so that what they left has an author.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('person', 'placeholder', 'bot', 'system')", name="kind"),
        sa.CheckConstraint(
            "profile_visibility IN ('everyone', 'friends', 'private')", name="profile_visibility"
        ),
        sa.CheckConstraint(
            "who_can_send_friend_requests IN ('everyone', 'friends_of_friends', 'no_one')",
            name="who_can_send_friend_requests",
        ),
        sa.CheckConstraint(
            "who_can_send_messages IN ('everyone', 'friends_of_friends', 'friends_only')",
            name="who_can_send_messages",
        ),
        sa.CheckConstraint(
            "show_followers_list IN ('everyone', 'followers', 'nobody')", name="show_followers_list"
        ),
        sa.CheckConstraint(
            "show_following_list IN ('everyone', 'followers', 'nobody')", name="show_following_list"
        ),
        sa.UniqueConstraint("username_key"),
        sa.Index(None, "created_at", "id"),
        sa.Index(
            "uq_accounts_username_skeleton",
            skeleton_expression(sa.column("username_key")),
            unique=True,
            postgresql_where=sa.text("kind = 'person'"),
        ),
        sa.Index(
            "ix_accounts_leaving",
            "deletion_requested_at",
            postgresql_where=sa.text("deletion_requested_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_accounts_deactivated",
            "deactivated_at",
            postgresql_where=sa.text("deactivated_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(server_default="person")
    username: Mapped[str] = mapped_column(info={"personal": "name in addresses"})
    username_key: Mapped[str] = mapped_column(info={"personal": "username, case-folded and normalised"})
    nickname: Mapped[str] = mapped_column(info={"personal": "shown name"})
    # Media belong to accounts, so these are no foreign keys; ``media`` clears them when it deletes one.
    profile_image_id: Mapped[UUID | None] = mapped_column(info={"personal": "picture"})
    cover_image_id: Mapped[UUID | None] = mapped_column(info={"personal": "picture"})
    password_hash: Mapped[str | None] = mapped_column(info={"personal": "Argon2id"})
    birth_date: Mapped[date | None] = mapped_column(info={"personal": "birth date"})
    zone: Mapped[str] = mapped_column(server_default="UTC", info={"personal": "IANA time zone"})
    locale: Mapped[str] = mapped_column(server_default="ko", info={"personal": "language of pages and mails"})
    is_admin: Mapped[bool] = mapped_column(server_default=sa.false())
    second_factor_since: Mapped[datetime | None] = mapped_column(info={"personal": "security"})
    created_at: Mapped[datetime]

    suspended_until: Mapped[datetime | None] = mapped_column(info={"personal": "sanction"})
    banned_at: Mapped[datetime | None] = mapped_column(info={"personal": "sanction"})
    sanction_reason: Mapped[str | None] = mapped_column(info={"personal": "what the member was told"})
    deactivated_at: Mapped[datetime | None] = mapped_column(info={"personal": "when they left for a while"})
    deletion_requested_at: Mapped[datetime | None] = mapped_column(info={"personal": "when they asked to go"})
    keeps_content: Mapped[bool] = mapped_column(
        server_default=sa.false(), info={"personal": "whether public content stays when they go"}
    )
    reminded_at: Mapped[datetime | None] = mapped_column(
        info={"personal": "when they were told that the account will soon be erased"}
    )
    erased_at: Mapped[datetime | None]

    profile_visibility: Mapped[str] = mapped_column(server_default="everyone", info={"personal": "privacy"})
    who_can_send_friend_requests: Mapped[str] = mapped_column(
        server_default="everyone", info={"personal": "privacy"}
    )
    who_can_send_messages: Mapped[str] = mapped_column(
        server_default="everyone", info={"personal": "privacy"}
    )
    show_followers_list: Mapped[str] = mapped_column(server_default="everyone", info={"personal": "privacy"})
    show_following_list: Mapped[str] = mapped_column(server_default="everyone", info={"personal": "privacy"})
    online_status_visible: Mapped[bool] = mapped_column(
        server_default=sa.true(), info={"personal": "privacy"}
    )
    appear_in_suggestions: Mapped[bool] = mapped_column(
        server_default=sa.true(), info={"personal": "privacy"}
    )
    share_activity_with_friends: Mapped[bool] = mapped_column(
        server_default=sa.true(), info={"personal": "privacy"}
    )
    privacy_changed_at: Mapped[datetime | None] = mapped_column(info={"personal": "privacy"})


class MemberKey(Base):
    """The pseudonym under which the lake knows a member; erasing the row leaves counts of nobody."""

    __tablename__ = "member_keys"
    __table_args__ = (sa.UniqueConstraint("member_key"),)

    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "pseudonym"}
    )
    member_key: Mapped[UUID] = mapped_column(server_default=sa.func.gen_random_uuid())


class Profile(Base):
    """What a member tells of themselves; no row says nothing."""

    __tablename__ = "profiles"
    # Who is interested in the same.
    __table_args__ = (sa.Index("ix_profiles_interests", "interests", postgresql_using="gin"),)

    account_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    full_name: Mapped[str | None] = mapped_column(info={"personal": "full name"})
    bio: Mapped[str | None] = mapped_column(info={"personal": "about me"})
    place: Mapped[str | None] = mapped_column(info={"personal": "coarse place, as the member names it"})
    interests: Mapped[list[str]] = mapped_column(
        ARRAY(sa.Text), server_default="{}", info={"personal": "interests"}
    )
    native_languages: Mapped[list[str]] = mapped_column(
        ARRAY(sa.Text), server_default="{}", info={"personal": "languages spoken (BCP 47)"}
    )
    target_languages: Mapped[list[str]] = mapped_column(
        ARRAY(sa.Text), server_default="{}", info={"personal": "languages being learned (BCP 47)"}
    )
    updated_at: Mapped[datetime]
