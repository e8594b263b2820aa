"""Settings: privacy, looks, words that a member does not want to read. Reads take one statement each."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts import models
from web.accounts.keywords import keyword_key
from web.accounts.models import Account, BlockedKeyword
from web.accounts.schemas import ProfileChange
from web.accounts.schemas.settings import (
    Appearance,
    AppearanceChange,
    Keywords,
    MemberSettings,
    Privacy,
    PrivacyChange,
    SettingsChange,
)
from web.accounts.service import AccountService
from web.core.clock import Clock
from web.core.errors import NotFound

_id = sa.bindparam("member_id", type_=sa.Uuid())
_PRIVACY = sa.select(
    *(getattr(Account, name) for name in PrivacyChange.model_fields),
    Account.privacy_changed_at.label("privacy_updated_at"),
).where(Account.id == _id)
_LOOKS = tuple(getattr(models.Appearance, name) for name in AppearanceChange.model_fields)
_APPEARANCE = sa.select(*_LOOKS, models.Appearance.updated_at.label("appearance_updated_at")).where(
    models.Appearance.account_id == _id
)
_KEYWORDS = (
    sa.select(BlockedKeyword.keyword)
    .where(BlockedKeyword.account_id == _id)
    .order_by(BlockedKeyword.keyword_key)
)
_ALL = (
    _PRIVACY.add_columns(
        *_LOOKS,
        models.Appearance.updated_at.label("appearance_updated_at"),
        Account.locale,
        Account.zone,
        sa.func.array(_KEYWORDS.scalar_subquery()).label("keywords"),
    )
    .select_from(Account)
    .outerjoin(models.Appearance, models.Appearance.account_id == Account.id)
)


def settings_of(session: Session, member_id: UUID) -> MemberSettings:
    """Everything that a member has set.

    Raises:
        NotFound: there is no such member.
    """
    row = _row(session, _ALL, member_id)
    return MemberSettings(
        user_id=member_id,
        privacy=_privacy(row),
        appearance=_appearance(row),
        locale=row.locale,
        zone=row.zone,
        blocked_keywords=row.keywords,
    )


def privacy_of(session: Session, member_id: UUID) -> Privacy:
    """What others may see and do of a member.

    Raises:
        NotFound: there is no such member.
    """
    return _privacy(_row(session, _PRIVACY, member_id))


def appearance_of(session: Session, member_id: UUID) -> Appearance:
    """How a member wants pages to look."""
    row = session.execute(_APPEARANCE, {"member_id": member_id}).one_or_none()
    return _appearance(row) if row else Appearance()


def blocked_keywords_of(session: Session, member_id: UUID) -> list[str]:
    """Words that a member does not want to read, as they wrote them; ``keywords.hiding`` looks for them."""
    return list(session.scalars(_KEYWORDS, {"member_id": member_id}))


class SettingsService:
    """Changes settings. What a change leaves out stays as it is. Never commits."""

    def __init__(self, session: Session, clock: Clock, accounts: AccountService) -> None:
        self._session = session
        self._clock = clock
        self._accounts = accounts

    def set(self, member_id: UUID, change: SettingsChange) -> MemberSettings:
        """Change any settings at once."""
        given = change.given
        if "privacy" in given:
            self._save_privacy(member_id, change.privacy)
        if "appearance" in given:
            self._save_appearance(member_id, change.appearance)
        if "blocked_keywords" in given:
            self._save_keywords(member_id, change.blocked_keywords)
        if of_account := {name: given[name] for name in ("locale", "zone") if name in given}:
            self._accounts.change(member_id, ProfileChange.model_validate(of_account))
        return settings_of(self._session, member_id)

    def set_privacy(self, member_id: UUID, change: PrivacyChange) -> Privacy:
        """Change what others may see and do."""
        self._save_privacy(member_id, change)
        return privacy_of(self._session, member_id)

    def set_appearance(self, member_id: UUID, change: AppearanceChange) -> Appearance:
        """Change how pages look."""
        self._save_appearance(member_id, change)
        return appearance_of(self._session, member_id)

    def set_blocked_keywords(self, member_id: UUID, words: Keywords) -> Keywords:
        """Put these words in place of all that were there."""
        self._save_keywords(member_id, words.keywords)
        return Keywords(keywords=blocked_keywords_of(self._session, member_id))

    def _save_privacy(self, member_id: UUID, change: PrivacyChange) -> None:
        if change.given:
            values = {**change.given, "privacy_changed_at": self._clock.now()}
            self._session.execute(sa.update(Account).where(Account.id == member_id).values(values))

    def _save_appearance(self, member_id: UUID, change: AppearanceChange) -> None:
        if not change.given:
            return
        values: dict[str, Any] = {**change.given, "updated_at": self._clock.now()}
        if "font_size_multiplier" in values:
            values["font_size_multiplier"] = Decimal(str(values["font_size_multiplier"]))
        statement = insert(models.Appearance).values(account_id=member_id, **values)
        self._session.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))

    def _save_keywords(self, member_id: UUID, words: list[str]) -> None:
        # Locked, so that of two lists sent at once one stays, and not both in one.
        self._session.execute(sa.select(Account.id).where(Account.id == member_id).with_for_update())
        by_key = {keyword_key(word): word for word in words}
        gone = sa.delete(BlockedKeyword).where(
            BlockedKeyword.account_id == member_id, BlockedKeyword.keyword_key.not_in(by_key)
        )
        self._session.execute(gone)
        if not by_key:
            return
        now = self._clock.now()
        rows = [
            {"account_id": member_id, "keyword_key": key, "keyword": word, "created_at": now}
            for key, word in by_key.items()
        ]
        statement = insert(BlockedKeyword).values(rows)
        self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["account_id", "keyword_key"], set_={"keyword": statement.excluded.keyword}
            )
        )


def _row(session: Session, statement: sa.Select[Any], member_id: UUID) -> sa.Row[Any]:
    row = session.execute(statement, {"member_id": member_id}).one_or_none()
    if row is None:
        raise NotFound()
    return row


def _privacy(row: sa.Row[Any]) -> Privacy:
    values = {name: getattr(row, name) for name in PrivacyChange.model_fields}
    return Privacy(**values, updated_at=row.privacy_updated_at)


def _appearance(row: sa.Row[Any]) -> Appearance:
    """The looks in a row; what there is none of is as it was at the beginning."""
    if row.appearance_updated_at is None:
        return Appearance()
    values = {name: getattr(row, name) for name in AppearanceChange.model_fields}
    return Appearance(**values, updated_at=row.appearance_updated_at)
