"""How members want to be told: by which channels, when not, and a digest."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.notifications.errors import UnknownNotificationType
from web.notifications.models import NotificationChoice, NotificationSettings
from web.notifications.schemas import Channels, Preferences, PreferencesChange, QuietHours, TypeChoice
from web.notifications.texts import Localizer
from web.notifications.types import CHANNELS, EMAIL, NotificationType, NotificationTypes

_member = sa.bindparam("member", type_=sa.Uuid())
_SETTINGS = sa.select(NotificationSettings).where(NotificationSettings.member_id == _member)
_CHOICES = sa.select(NotificationChoice.type, NotificationChoice.channel, NotificationChoice.wanted).where(
    NotificationChoice.member_id == _member
)


def preferences_of(session: Session, member_id: UUID, types: NotificationTypes, to: Localizer) -> Preferences:
    """What a member has chosen, and for the rest how it is without a choice."""
    row = session.execute(_SETTINGS, {"member": member_id}).scalar_one_or_none()
    chosen = {
        (choice.type, choice.channel): choice.wanted
        for choice in session.execute(_CHOICES, {"member": member_id})
    }
    listed = [_choice(kind, chosen, to) for kind in types]
    if row is None:
        return Preferences(channels=Channels(), quiet_hours=None, digest="off", types=listed, updated_at=None)
    quiet = None
    if row.quiet_from is not None and row.quiet_until is not None:
        quiet = QuietHours(start=row.quiet_from, end=row.quiet_until)
    return Preferences.model_validate(
        {
            "channels": Channels(push=row.push, email=row.email, sms=row.sms),
            "quiet_hours": quiet,
            "digest": row.digest,
            "types": listed,
            "updated_at": row.updated_at,
        }
    )


def _choice(kind: NotificationType, chosen: dict[tuple[str, str], bool], to: Localizer) -> TypeChoice:
    wanted = {name: chosen.get((kind.name, name), name in kind.channels) for name in CHANNELS}
    wanted[EMAIL] |= kind.has_own_mail
    label = to.translate(kind.label) if kind.label else kind.name
    fixed = [EMAIL] if kind.has_own_mail else []
    return TypeChoice(type=kind.name, label=label, category=kind.category, fixed=fixed, **wanted)


class PreferenceService:
    """Changes preferences. Never commits."""

    def __init__(self, session: Session, clock: Clock, types: NotificationTypes) -> None:
        self._session = session
        self._clock = clock
        self._types = types

    def change(self, member_id: UUID, change: PreferencesChange) -> None:
        """Change what is given.

        Raises:
            UnknownNotificationType
        """
        unknown = sorted(name for name in change.types if name not in self._types)
        if unknown:
            raise UnknownNotificationType(types=unknown)
        values: dict[str, Any] = change.channels.model_dump(exclude_none=True)
        if "quiet_hours" in change.model_fields_set:
            hours = change.quiet_hours
            values |= {"quiet_from": hours and hours.start, "quiet_until": hours and hours.end}
        if "digest" in change.model_fields_set:
            values["digest"] = change.digest
        self._save(member_id, values)
        self._choose(
            member_id,
            {
                (name, channel): wanted
                for name, channels in change.types.items()
                for channel, wanted in channels.model_dump(exclude_none=True).items()
            },
        )

    def turn_off_mail(self, member_id: UUID, type_name: str) -> None:
        """Send no more mails of a type, which may be one that this version does not know."""
        self._choose(member_id, {(type_name, EMAIL): False})

    def turn_off_digest(self, member_id: UUID) -> None:
        """Send no more digests."""
        self._save(member_id, {"digest": "off"})

    def _save(self, member_id: UUID, values: dict[str, Any]) -> None:
        now = self._clock.now()
        values |= {"updated_at": now}
        statement = insert(NotificationSettings).values(member_id=member_id, digest_sent_at=now, **values)
        # The first digest after it was switched on tells what happens from then on.
        was_off = NotificationSettings.digest == "off"
        values["digest_sent_at"] = sa.case((was_off, now), else_=NotificationSettings.digest_sent_at)
        self._session.execute(statement.on_conflict_do_update(index_elements=["member_id"], set_=values))

    def _choose(self, member_id: UUID, choices: Mapping[tuple[str, str], bool]) -> None:
        """Note choices by type and channel, in one order, so that two forms sent at once do not deadlock."""
        if not choices:
            return
        rows = [
            {"member_id": member_id, "type": name, "channel": channel, "wanted": wanted}
            for (name, channel), wanted in sorted(choices.items())
        ]
        statement = insert(NotificationChoice).values(rows)
        self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["member_id", "type", "channel"], set_={"wanted": statement.excluded.wanted}
            )
        )
