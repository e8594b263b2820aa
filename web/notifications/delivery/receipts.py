"""Receipts: what Expo says, some minutes after it took a push, of whether it arrived."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from web.core import metrics
from web.core.app import App
from web.core.clock import Clock
from web.core.jobs import JobLog, JobRegistry
from web.core.services import Services
from web.notifications.delivery.expo import MOST_RECEIPTS
from web.notifications.delivery.push_services import Fate, Outcome, PushServices
from web.notifications.devices.models import PushDevice, PushReceipt
from web.notifications.devices.service import DeviceService

log = structlog.get_logger(__name__)

CHECK = "push.check_receipts"
QUEUE = "push"
READY_AFTER: Final = timedelta(minutes=15)  # what Expo advises
KEPT: Final = timedelta(hours=24)  # by Expo
_TICKETS = (
    sa.func.unnest(
        sa.bindparam("tickets", type_=ARRAY(sa.Text())), sa.bindparam("devices", type_=ARRAY(sa.Uuid()))
    )
    .table_valued(sa.column("ticket", sa.Text()), sa.column("device_id", sa.Uuid()), name="given")
    .render_derived()
)
# Of devices that are there still: they may have been unregistered while the service was asked.
_NOTE = (
    insert(PushReceipt.__table__)  # type: ignore[arg-type]  # a Table, which is meant
    .from_select(
        ["ticket", "device_id", "sent_at"],
        sa.select(_TICKETS.c.ticket, PushDevice.id, sa.bindparam("now", type_=sa.DateTime(timezone=True)))
        .join(PushDevice, PushDevice.id == _TICKETS.c.device_id)
        .with_for_update(key_share=True, read=True, of=PushDevice),
    )
    .on_conflict_do_nothing()
)
_READY = (
    sa.select(PushReceipt.ticket)
    .where(PushReceipt.sent_at <= sa.bindparam("until", type_=sa.DateTime(timezone=True)))
    .order_by(PushReceipt.sent_at)
    .limit(MOST_RECEIPTS)
)


def register(jobs: JobRegistry) -> None:
    """Declare the job, which the schedule wants every quarter of an hour."""
    jobs.add(CHECK, take, queue=QUEUE, prepare=fetch)


def note_receipts(services: Services, tickets: Mapping[str, UUID]) -> None:
    """Note which pushes to ask about later, by their tickets."""
    if not tickets:
        return
    values = {"tickets": list(tickets), "devices": list(tickets.values()), "now": services[Clock].now()}
    services[Session].execute(_NOTE, values)


def fetch(app: App) -> dict[str, Outcome]:
    """Ask for the receipts that should be there by now."""
    service = app.value(PushServices).get("expo")
    with app.reading() as services:
        until = services[Clock].now() - READY_AFTER
        tickets = services[Session].scalars(_READY, {"until": until}).all()
    return service.receipts(tickets) if service and tickets else {}


def take(services: Services, prepared: Mapping[str, Outcome]) -> None:
    """Retire the devices that are gone, and forget what is settled or will never be."""
    session, now = services[Session], services[Clock].now()
    settled = sa.delete(PushReceipt).where(PushReceipt.ticket.in_(prepared))
    rows = session.execute(
        settled.returning(PushReceipt.ticket, PushReceipt.device_id, PushReceipt.sent_at)
    ).all()
    gone = {}
    for row in rows:
        outcome = prepared[row.ticket]
        metrics.PUSHES.labels(f"receipt_{outcome.fate}").inc()
        if outcome.fate is Fate.GONE:
            gone[row.device_id] = row.sent_at
        elif outcome.fate is not Fate.SENT:
            log.warning("push_did_not_arrive", device=str(row.device_id), problem=outcome.problem)
    for device in session.execute(
        sa.select(PushDevice.id, PushDevice.address, PushDevice.seen_at).where(PushDevice.id.in_(gone))
    ).all():
        # An app that has registered since is there, whatever became of a push before that.
        if device.seen_at <= gone[device.id]:
            services[DeviceService].retire(device.id, device.address, "DeviceNotRegistered")
    session.execute(sa.delete(PushReceipt).where(PushReceipt.sent_at < now - KEPT))
    if len(prepared) == MOST_RECEIPTS:
        services[JobLog].add(CHECK, dedupe_key=CHECK)
