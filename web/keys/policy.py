"""How long sealed messages are there to be read: this carries them, and is no archive."""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from web.keys.models import SecretMessage

KEPT: Final = timedelta(days=90)  # a job deletes them within a day from then on


def is_kept() -> sa.ColumnElement[bool]:
    """SQL: whether a row of secret_messages is young enough to be read; wants the values of :func:`kept`."""
    return SecretMessage.created_at >= sa.bindparam("kept_since", type_=sa.DateTime(timezone=True))


def kept(now: datetime) -> dict[str, datetime]:
    """The values that :func:`is_kept` wants."""
    return {"kept_since": now - KEPT}
