"""What a member sees of the safety of their account: sessions and security events. Reads only."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from web.accounts.models import SecurityEvent, Session
from web.accounts.schemas.safety import SecurityEventItem, SessionItem
from web.accounts.sessions.device_names import DeviceName, device_label, device_name
from web.core.db import AnySelect
from web.core.pagination import AFTER, Page, PageQuery, Position, keyset

Translate = Callable[[str], str]

_member = sa.bindparam("member", type_=sa.Uuid())
_is_live = sa.and_(Session.revoked_at.is_(None), Session.expires_at > sa.bindparam("now"))
_SESSIONS = (
    sa.select(Session.id, Session.client, Session.user_agent, Session.created_at, Session.last_used_at)
    .where(Session.account_id == _member, _is_live)
    .order_by(Session.created_at.desc(), Session.id.desc())
    .limit(sa.bindparam("rows"))
)
_EVENTS = (
    sa.select(SecurityEvent.id, SecurityEvent.kind, SecurityEvent.user_agent, SecurityEvent.occurred_at)
    .where(SecurityEvent.account_id == _member)
    .order_by(SecurityEvent.occurred_at.desc(), SecurityEvent.id.desc())
    .limit(sa.bindparam("rows"))
)
_MORE_SESSIONS: AnySelect = _SESSIONS.where(sa.tuple_(Session.created_at, Session.id) < AFTER)
_MORE_EVENTS: AnySelect = _EVENTS.where(sa.tuple_(SecurityEvent.occurred_at, SecurityEvent.id) < AFTER)
_SERVICE_TOKENS = sa.select(Session.user_agent, Session.created_at).where(
    Session.client == "cli", Session.account_id.is_(None), _is_live
)
_ARRIVALS = (
    sa.select(SecurityEvent.user_agent)
    .distinct()
    .where(SecurityEvent.account_id == _member, SecurityEvent.kind.in_(("logged_in", "logged_in_new_device")))
)


def sessions_of(
    session: DbSession,
    member_id: UUID,
    page: PageQuery,
    *,
    now: datetime,
    current: UUID,
    translate: Translate,
) -> Page[SessionItem]:
    """A member's live sessions, the newest first.

    Args:
        current: the session that asks.
        translate: turns marked texts into the reader's language.
    """
    rows = session.execute(
        _SESSIONS if page.after is None else _MORE_SESSIONS,
        {"member": member_id, "now": now, "rows": page.limit + 1, **keyset(page.after)},
    ).all()

    def item(row: Any) -> SessionItem:
        return SessionItem(
            id=row.id,
            client=row.client,
            device=device_label(row.user_agent, row.client, translate),
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            current=row.id == current,
        )

    return page.page(rows, item)


def security_events_of(
    session: DbSession, member_id: UUID, page: PageQuery, *, translate: Translate
) -> Page[SecurityEventItem]:
    """What happened to the safety of a member's account, the newest first."""
    rows = session.execute(
        _EVENTS if page.after is None else _MORE_EVENTS,
        {"member": member_id, "rows": page.limit + 1, **keyset(page.after)},
    ).all()

    def item(row: Any) -> SecurityEventItem:
        return SecurityEventItem(
            id=row.id,
            kind=row.kind,
            device=device_label(row.user_agent, None, translate),
            occurred_at=row.occurred_at,
        )

    return page.page(rows, item, lambda row: Position.at(row.occurred_at, row.id))


def known_devices(session: DbSession, member_id: UUID) -> set[DeviceName]:
    """The devices that a member came from, as far back as the security log goes.

    Browsers change their versions all the time; only another browser or system is another device.
    """
    return {device_name(user_agent) for user_agent in session.scalars(_ARRIVALS, {"member": member_id})}


def service_tokens(session: DbSession, now: datetime) -> list[tuple[str, datetime]]:
    """The names of live service tokens, and when each was signed."""
    rows = session.execute(_SERVICE_TOKENS, {"now": now})
    return [(row.user_agent or "?", row.created_at) for row in rows]
