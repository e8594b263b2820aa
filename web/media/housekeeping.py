"""What nothing shows any more goes: drafts that were never used, and what was taken back."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.jobs import JobLog
from web.core.services import Services
from web.media.models import Medium
from web.media.uploads import DELETE_FILES

DRAFTS_KEPT = timedelta(days=1)
_AT_ONCE = 500


def clean_up(services: Services) -> None:
    """Body of the job ``media.clean_up``: delete what nothing shows and is older than a day.

    Those that are being attached just now are locked, and left alone.
    """
    session, before = services[Session], services[Clock].now() - DRAFTS_KEPT
    orphans = (
        sa.select(Medium.id)
        .where(Medium.attached_at.is_(None), Medium.created_at < before)
        .order_by(Medium.created_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    media_ids = session.scalars(orphans).all()
    session.execute(sa.delete(Medium).where(Medium.id.in_(media_ids)))
    for media_id in media_ids:
        services[JobLog].add(DELETE_FILES, media_id=media_id)
    if len(media_ids) == _AT_ONCE:
        services[JobLog].add("media.clean_up")  # there are more
