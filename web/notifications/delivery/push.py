"""The channel ``push``: a job for each device, or for each request that carries several.

So a service that is away is tried again for its own devices only. A job asks the service in its ``prepare``,
while no transaction is open, and notes what came of it afterwards.
"""

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from web.core import metrics
from web.core.app import App
from web.core.clock import Clock
from web.core.jobs import JobLog, JobRegistry
from web.core.services import Services
from web.notifications.delivery.push_services import Fate, Outcome, Push, PushServices
from web.notifications.delivery.receipts import note_receipts
from web.notifications.delivery.strategies import Rendered, TryLater, Unreachable
from web.notifications.devices import queries
from web.notifications.devices.service import DeviceService
from web.notifications.dispatch import Dispatcher
from web.notifications.types import PUSH

log = structlog.get_logger(__name__)

SEND = "push.send"
QUEUE = "push"  # of its own: what is prepared waits for others, and nothing else should wait for it
ATTEMPTS = 6  # within some minutes; later a push is no news
MOST_TRIES: Final = 4  # for a device that its service wants left alone for a while
FIRST_PAUSE: Final = timedelta(seconds=30)
# After so long without any success, a member's own push service gets one try for each push.
PATIENCE: Final = timedelta(hours=1)


class Pushed(NamedTuple):
    """What became of a push to a device."""

    device_id: UUID
    address: str
    outcome: Outcome


class Sent(NamedTuple):
    """What a job has done before its transaction.

    Attributes:
        is_shared: the service is; what it refuses says nothing about the devices then.
        quiet_until: nothing, because quiet hours have begun: when they end.
    """

    pushed: list[Pushed]
    is_shared: bool = True
    quiet_until: datetime | None = None


class PushChannel:
    """Reaches all devices on which a member is logged in."""

    name = PUSH

    def deliver(self, services: Services, member_id: UUID, note: Rendered) -> None:
        """Want the notification sent to each device.

        Raises:
            Unreachable: there is none, or none that this Plaza can reach.
        """
        devices = queries.reachable(services[Session], member_id, services[Clock].now())
        is_any = False
        for name, rows in groupby(devices, key=lambda row: str(row.service)):
            service = services[PushServices].get(name)
            if service is None:
                continue
            ids = [row.id for row in rows]
            for start in range(0, len(ids), service.at_once):
                is_any = True
                _want(services, note.notification_id, ids[start : start + service.at_once])
        if not is_any:
            raise Unreachable()


def register(jobs: JobRegistry) -> None:
    """Declare the job that sends."""
    jobs.add(SEND, note, queue=QUEUE, attempts=ATTEMPTS, prepare=send)


def _want(
    services: Services,
    notification_id: UUID,
    device_ids: list[UUID],
    tries: int = 0,
    due_at: datetime | None = None,
) -> None:
    services[JobLog].add(
        SEND,
        due_at=due_at,
        dedupe_key=f"{SEND}:{notification_id}:{device_ids[0]}:{tries}",
        notification_id=notification_id,
        devices=" ".join(map(str, device_ids)),
        tries=tries,
    )


def send(app: App, notification_id: str, devices: str, tries: int) -> Sent:
    """Send a notification, as it is now, to those of some devices that are still to be told of it.

    Raises:
        TryLater, OSError: the service is busy, or away.
    """
    with app.reading() as services:
        rows, pushes, quiet_until = _to_send(services, UUID(notification_id), devices)
    service = app.value(PushServices).get(rows[0].service) if pushes else None
    if quiet_until or service is None:
        return Sent([], quiet_until=quiet_until)
    try:
        outcomes = service.send(pushes)
    except (OSError, TryLater) as error:
        if service.is_shared:
            raise
        failing_since, now = rows[0].failing_since, app.clock.now()
        if failing_since is None or now - failing_since < PATIENCE:
            with app.work() as services:
                services[DeviceService].note_failures([row.id for row in rows])
            raise
        # Nobody here can mend it, so it does not end among the operator's dead jobs each time.
        outcomes = [Outcome(Fate.REFUSED, str(error))] * len(pushes)
    pushed = [Pushed(row.id, row.address, outcome) for row, outcome in zip(rows, outcomes, strict=True)]
    return Sent(pushed, service.is_shared)


def _to_send(
    services: Services, notification_id: UUID, devices: str
) -> tuple[list[Any], list[Push], datetime | None]:
    """Devices, what each of them is to show, in its language, and until when it is quiet."""
    dispatcher = services[Dispatcher]
    found = dispatcher.outgoing(notification_id, PUSH)
    if found is None:  # read or taken back in the meantime
        return [], [], None
    rows = queries.to_push(
        services[Session], found.member_id, [UUID(text) for text in devices.split()], services[Clock].now()
    )
    quiet_until, notes = found.quiet_until, {None: found.note}
    for locale in {row.locale for row in rows} - {None}:
        found = dispatcher.outgoing(notification_id, PUSH, locale=locale)
        if found is None:
            return [], [], None
        notes[locale] = found.note
    pushes = [Push(row.address, notes[row.locale], row.p256dh, row.auth) for row in rows]
    return list(rows), pushes, quiet_until


def note(services: Services, notification_id: str, devices: str, tries: int, prepared: Sent) -> None:
    """Note what became of pushes: retire devices that are gone, and try again later where that was asked."""
    note_id = UUID(notification_id)
    if prepared.quiet_until:
        _want(services, note_id, [UUID(text) for text in devices.split()], tries, prepared.quiet_until)
    registered, by_fate = services[DeviceService], dict[Fate, list[UUID]]()
    for pushed in prepared.pushed:
        fate = pushed.outcome.fate
        metrics.PUSHES.labels(fate).inc()
        by_fate.setdefault(fate, []).append(pushed.device_id)
        if fate is Fate.GONE:
            registered.retire(pushed.device_id, pushed.address, pushed.outcome.problem)
        elif fate is not Fate.SENT:
            log.warning(
                "push_failed", device=str(pushed.device_id), fate=fate, problem=pushed.outcome.problem
            )
    if sent := by_fate.get(Fate.SENT):
        registered.note_successes(sent)
    if (refused := by_fate.get(Fate.REFUSED)) and not prepared.is_shared:
        registered.note_failures(refused)
    if (later := by_fate.get(Fate.LATER)) and tries < MOST_TRIES:
        _want(services, note_id, later, tries + 1, services[Clock].now() + FIRST_PAUSE * 2**tries)
    tickets = {push.outcome.receipt: push.device_id for push in prepared.pushed if push.outcome.receipt}
    note_receipts(services, tickets)
