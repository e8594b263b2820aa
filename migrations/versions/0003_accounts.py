"""Accounts: ways in, second factors, how an account stands, settings, records; blocks and friendships.

Additive: rows that the code before this wrote are valid, and that code can go on writing.

Revision ID: 0003_accounts
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0003_accounts"
down_revision = "0002_analytics"
branch_labels = None
depends_on = None

ALLOWED = {
    "profile_visibility": ("everyone", "friends", "private"),
    "who_can_send_friend_requests": ("everyone", "friends_of_friends", "no_one"),
    "who_can_send_messages": ("everyone", "friends_of_friends", "friends_only"),
    "show_followers_list": ("everyone", "followers", "nobody"),
    "show_following_list": ("everyone", "followers", "nobody"),
}


def upgrade() -> None:
    """Make the tables and columns; what administrators did can only be added to."""
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("details", JSONB(), server_default="{}", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_occurred_at_id"), "audit_log", ["occurred_at", "id"], unique=False)
    op.create_index(
        op.f("ix_audit_log_subject_kind_subject_id"),
        "audit_log",
        ["subject_kind", "subject_id"],
        unique=False,
    )
    op.create_table(
        "appearances",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("theme_mode", sa.Text(), server_default="system", nullable=False),
        sa.Column("accent_color", sa.Text(), nullable=True),
        sa.Column(
            "font_size_multiplier", sa.Numeric(precision=3, scale=2), server_default="1.0", nullable=False
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("accent_color ~ '^#[0-9a-f]{6}$'", name=op.f("ck_appearances_accent_color")),
        sa.CheckConstraint(
            "theme_mode IN ('light', 'dark', 'system')", name=op.f("ck_appearances_theme_mode")
        ),
        sa.CheckConstraint(
            "font_size_multiplier BETWEEN 0.8 AND 1.5", name=op.f("ck_appearances_font_size_multiplier")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_appearances_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_appearances")),
    )
    op.create_table(
        "blocked_keywords",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("keyword_key", sa.Text(), nullable=False),
        sa.Column("keyword", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_blocked_keywords_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "keyword_key", name=op.f("pk_blocked_keywords")),
    )
    op.create_table(
        "blocks",
        sa.Column("blocker_id", sa.Uuid(), nullable=False),
        sa.Column("blocked_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("blocker_id <> blocked_id", name=op.f("ck_blocks_not_oneself")),
        sa.ForeignKeyConstraint(
            ["blocked_id"], ["accounts.id"], name=op.f("fk_blocks_blocked_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["blocker_id"], ["accounts.id"], name=op.f("fk_blocks_blocker_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("blocker_id", "blocked_id", name=op.f("pk_blocks")),
    )
    op.create_index(op.f("ix_blocks_blocked_id"), "blocks", ["blocked_id"], unique=False)
    op.create_table(
        "challenges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("methods", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('second_factor', 'passkey', 'new_passkey', 'proof')",
            name=op.f("ck_challenges_purpose"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_challenges_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
    )
    op.create_index(op.f("ix_challenges_expires_at"), "challenges", ["expires_at"], unique=False)
    op.create_table(
        "data_exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'ready', 'failed')", name=op.f("ck_data_exports_status")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_data_exports_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_exports")),
    )
    op.create_index(
        op.f("ix_data_exports_account_id_requested_at"),
        "data_exports",
        ["account_id", "requested_at"],
        unique=False,
    )
    op.create_index(op.f("ix_data_exports_expires_at"), "data_exports", ["expires_at"], unique=False)
    op.create_table(
        "email_changes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("link_hash", sa.Text(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("code_asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_email_changes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_email_changes")),
        sa.UniqueConstraint("id", name=op.f("uq_email_changes_id")),
    )
    op.create_index(op.f("ix_email_changes_expires_at"), "email_changes", ["expires_at"], unique=False)
    op.create_index(op.f("ix_email_changes_link_hash"), "email_changes", ["link_hash"], unique=False)
    op.create_table(
        "former_passwords",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_former_passwords_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_passwords")),
    )
    op.create_index(
        op.f("ix_former_passwords_account_id_replaced_at"),
        "former_passwords",
        ["account_id", "replaced_at"],
        unique=False,
    )
    op.create_table(
        "friendships",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("friend_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("member_id <> friend_id", name=op.f("ck_friendships_not_oneself")),
        sa.ForeignKeyConstraint(
            ["friend_id"], ["accounts.id"], name=op.f("fk_friendships_friend_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name=op.f("fk_friendships_member_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "friend_id", name=op.f("pk_friendships")),
    )
    op.create_table(
        "google_links",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_google_links_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_google_links")),
        sa.UniqueConstraint("subject", name=op.f("uq_google_links_subject")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_passkeys_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_passkeys_account_id"), "passkeys", ["account_id"], unique=False)
    op.create_table(
        "password_resets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_password_resets_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_resets")),
    )
    op.create_index(op.f("ix_password_resets_expires_at"), "password_resets", ["expires_at"], unique=False)
    op.create_index(op.f("ix_password_resets_token_hash"), "password_resets", ["token_hash"], unique=False)
    op.create_table(
        "phone_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_phone_codes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_codes")),
    )
    op.create_index(op.f("ix_phone_codes_created_at"), "phone_codes", ["created_at"], unique=False)
    op.create_index(
        op.f("ix_phone_codes_number_created_at"), "phone_codes", ["number", "created_at"], unique=False
    )
    op.create_table(
        "phones",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_phones_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_phones")),
        sa.UniqueConstraint("number", name=op.f("uq_phones_number")),
    )
    op.create_table(
        "profiles",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=True),
        sa.Column("bio", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("interests", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("native_languages", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("target_languages", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_profiles_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_profiles")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_recovery_codes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "security_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("former_address", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_security_events_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_events")),
    )
    op.create_index(
        op.f("ix_security_events_account_id_occurred_at_id"),
        "security_events",
        ["account_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_security_events_occurred_at"), "security_events", ["occurred_at"], unique=False)
    op.create_table(
        "totps",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_totps_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_totps")),
    )
    op.add_column("accounts", sa.Column("second_factor_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("banned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("sanction_reason", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("deletion_requested_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "accounts", sa.Column("keeps_content", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("accounts", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "accounts", sa.Column("profile_visibility", sa.Text(), server_default="everyone", nullable=False)
    )
    op.add_column(
        "accounts",
        sa.Column("who_can_send_friend_requests", sa.Text(), server_default="everyone", nullable=False),
    )
    op.add_column(
        "accounts", sa.Column("who_can_send_messages", sa.Text(), server_default="everyone", nullable=False)
    )
    op.add_column(
        "accounts", sa.Column("show_followers_list", sa.Text(), server_default="everyone", nullable=False)
    )
    op.add_column(
        "accounts", sa.Column("show_following_list", sa.Text(), server_default="everyone", nullable=False)
    )
    op.add_column(
        "accounts", sa.Column("online_status_visible", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "accounts", sa.Column("appear_in_suggestions", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "accounts",
        sa.Column("share_activity_with_friends", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.add_column("accounts", sa.Column("privacy_changed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_accounts_deactivated",
        "accounts",
        ["deactivated_at"],
        unique=False,
        postgresql_where=sa.text("deactivated_at IS NOT NULL"),
    )
    op.create_index(
        "ix_accounts_leaving",
        "accounts",
        ["deletion_requested_at"],
        unique=False,
        postgresql_where=sa.text("deletion_requested_at IS NOT NULL"),
    )
    op.create_index(
        "uq_accounts_username_skeleton",
        "accounts",
        [
            sa.literal_column(
                "translate(replace(replace(lower(username_key), 'rn', 'm'), 'vv', 'w'), '01i._', 'oll')"
            )
        ],
        unique=True,
        postgresql_where=sa.text("kind = 'person'"),
    )
    op.add_column("refresh_tokens", sa.Column("user_agent", sa.Text(), nullable=True))
    op.add_column("refresh_tokens", sa.Column("ip", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("methods", ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("sessions", sa.Column("ip", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("ended_for", sa.Text(), nullable=True))
    op.add_column("sign_ups", sa.Column("full_name", sa.Text(), nullable=True))
    op.add_column("sign_ups", sa.Column("link_hash", sa.Text(), nullable=True))
    op.add_column("sign_ups", sa.Column("codes_sent", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("sign_ups", sa.Column("code_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_sign_ups_link_hash"), "sign_ups", ["link_hash"], unique=False)
    for name, values in ALLOWED.items():
        op.create_check_constraint(op.f(f"ck_accounts_{name}"), "accounts", f"{name} IN {values}")
    op.execute("REVOKE UPDATE, DELETE ON audit_log FROM plaza_web")
    op.execute("GRANT SELECT (erased_at) ON accounts TO plaza_pipeline")  # the night leaves tombstones out


def downgrade() -> None:
    """Drop all of it."""
    for name in ALLOWED:
        op.drop_constraint(op.f(f"ck_accounts_{name}"), "accounts")
    op.drop_index(op.f("ix_sign_ups_link_hash"), table_name="sign_ups")
    op.drop_column("sign_ups", "code_asked_at")
    op.drop_column("sign_ups", "codes_sent")
    op.drop_column("sign_ups", "link_hash")
    op.drop_column("sign_ups", "full_name")
    op.drop_column("sessions", "ended_for")
    op.drop_column("sessions", "proved_at")
    op.drop_column("sessions", "ip")
    op.drop_column("sessions", "methods")
    op.drop_column("refresh_tokens", "ip")
    op.drop_column("refresh_tokens", "user_agent")
    op.drop_index(
        "uq_accounts_username_skeleton", table_name="accounts", postgresql_where=sa.text("kind = 'person'")
    )
    op.drop_index(
        "ix_accounts_leaving",
        table_name="accounts",
        postgresql_where=sa.text("deletion_requested_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_accounts_deactivated",
        table_name="accounts",
        postgresql_where=sa.text("deactivated_at IS NOT NULL"),
    )
    op.drop_column("accounts", "privacy_changed_at")
    op.drop_column("accounts", "share_activity_with_friends")
    op.drop_column("accounts", "appear_in_suggestions")
    op.drop_column("accounts", "online_status_visible")
    op.drop_column("accounts", "show_following_list")
    op.drop_column("accounts", "show_followers_list")
    op.drop_column("accounts", "who_can_send_messages")
    op.drop_column("accounts", "who_can_send_friend_requests")
    op.drop_column("accounts", "profile_visibility")
    op.drop_column("accounts", "erased_at")
    op.drop_column("accounts", "reminded_at")
    op.drop_column("accounts", "keeps_content")
    op.drop_column("accounts", "deletion_requested_at")
    op.drop_column("accounts", "deactivated_at")
    op.drop_column("accounts", "sanction_reason")
    op.drop_column("accounts", "banned_at")
    op.drop_column("accounts", "suspended_until")
    op.drop_column("accounts", "second_factor_since")
    op.drop_table("totps")
    op.drop_index(op.f("ix_security_events_occurred_at"), table_name="security_events")
    op.drop_index(op.f("ix_security_events_account_id_occurred_at_id"), table_name="security_events")
    op.drop_table("security_events")
    op.drop_table("recovery_codes")
    op.drop_table("profiles")
    op.drop_table("phones")
    op.drop_index(op.f("ix_phone_codes_number_created_at"), table_name="phone_codes")
    op.drop_index(op.f("ix_phone_codes_created_at"), table_name="phone_codes")
    op.drop_table("phone_codes")
    op.drop_index(op.f("ix_password_resets_token_hash"), table_name="password_resets")
    op.drop_index(op.f("ix_password_resets_expires_at"), table_name="password_resets")
    op.drop_table("password_resets")
    op.drop_index(op.f("ix_passkeys_account_id"), table_name="passkeys")
    op.drop_table("passkeys")
    op.drop_table("google_links")
    op.drop_table("friendships")
    op.drop_index(op.f("ix_former_passwords_account_id_replaced_at"), table_name="former_passwords")
    op.drop_table("former_passwords")
    op.drop_index(op.f("ix_email_changes_link_hash"), table_name="email_changes")
    op.drop_index(op.f("ix_email_changes_expires_at"), table_name="email_changes")
    op.drop_table("email_changes")
    op.drop_index(op.f("ix_data_exports_expires_at"), table_name="data_exports")
    op.drop_index(op.f("ix_data_exports_account_id_requested_at"), table_name="data_exports")
    op.drop_table("data_exports")
    op.drop_index(op.f("ix_challenges_expires_at"), table_name="challenges")
    op.drop_table("challenges")
    op.drop_index(op.f("ix_blocks_blocked_id"), table_name="blocks")
    op.drop_table("blocks")
    op.drop_table("blocked_keywords")
    op.drop_table("appearances")
    op.drop_index(op.f("ix_audit_log_subject_kind_subject_id"), table_name="audit_log")
    op.drop_index(op.f("ix_audit_log_occurred_at_id"), table_name="audit_log")
    op.drop_table("audit_log")
