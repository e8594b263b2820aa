"""The event log: what happened, written in the transaction in which it happened."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar, get_type_hints
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.channels import Channels
from web.core.clock import Clock
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.models import EventRow
from web.core.services import Services

DELIVER = "realtime.deliver"
EVENTS: dict[str, type["Event"]] = {}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of every event: a frozen dataclass of ids, numbers and codes.

    ``class MemberFollowed(Event, name="member_followed", actor="follower_id")`` names the event in the log
    and the field that says who did it.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    actor: ClassVar[str]

    def __init_subclass__(cls, *, name: str, actor: str, version: int = 1, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name, cls.version, cls.actor = name, version, actor
        # dataclass(slots=True) makes the class twice; anything else under the same name is a mistake.
        if EVENTS.setdefault(name, cls).__qualname__ != cls.__qualname__:
            raise TypeError(f"event name {name} is taken")
        EVENTS[name] = cls

    @property
    def actor_id(self) -> UUID:
        """Who did it."""
        value: UUID = getattr(self, type(self).actor)
        return value

    def data(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: str(value) if isinstance(value, UUID) else value for name, value in values}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        """The event that :meth:`data` was made from; unknown fields of newer versions are left aside."""
        hints = get_type_hints(cls)
        values = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        return cls(
            **{
                name: UUID(value) if value is not None and hints[name] in (UUID, UUID | None) else value
                for name, value in values.items()
            }
        )


E = TypeVar("E", bound=Event)
Happening = TypeVar("Happening", bound=Event, covariant=True)


@dataclass(frozen=True)
class Happened(Generic[Happening]):
    """An event with its place in the log."""

    id: UUID
    occurred_at: datetime
    event: Happening


Subscriber = Callable[[Services, Happened[Any]], None]


class Subscribers:
    """Which functions of features above follow an event, in the same transaction, with O(1) writes."""

    def __init__(self) -> None:
        self._by_event: dict[type[Event], list[Subscriber]] = defaultdict(list)

    def on(self, event: type[E], subscriber: Callable[[Services, Happened[E]], None]) -> None:
        """Call ``subscriber`` whenever ``event`` is emitted; if it raises, the action is undone."""
        self._by_event[event].append(subscriber)

    def of(self, event: type[Event]) -> list[Subscriber]:
        """The subscribers of an event, in the order of registration (lowest feature first)."""
        return self._by_event.get(event, [])


class ActorZone:
    """How the log finds an actor's time zone; ``accounts`` puts its table here."""

    def expression(self, actor_id: sa.BindParameter[UUID]) -> sa.ColumnElement[str]:
        """SQL for the IANA zone of the actor."""
        return sa.literal("UTC")


class EventLog:
    """Emits events into the log of the current transaction."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        zone: ActorZone,
        jobs: JobLog,
        subscribers: Subscribers,
        channels: Channels,
        services: Services,
    ) -> None:
        self._session = session
        self._clock = clock
        self._insert = _insert_statement(zone)
        self._jobs = jobs
        self._subscribers = subscribers
        self._channels = channels
        self._services = services

    def emit(self, event: Event) -> Happened[Any]:
        """Write ``event``, run its subscribers, and queue its delivery when someone may receive it."""
        happened = Happened(id=new_id(), occurred_at=self._clock.now(), event=event)
        self._session.execute(
            self._insert,
            {
                "id": happened.id,
                "name": event.name,
                "version": event.version,
                "actor_id": event.actor_id,
                "occurred_at": happened.occurred_at,
                "data": event.data(),
            },
        )
        for subscriber in self._subscribers.of(type(event)):
            subscriber(self._services, happened)
        if self._channels.delivers(event.name):
            self._jobs.add(DELIVER, event_id=happened.id)
        return happened


_statements: dict[int, sa.Insert] = {}


def _insert_statement(zone: ActorZone) -> sa.Insert:
    statement = _statements.get(id(zone))
    if statement is None:
        actor = sa.bindparam("actor_id", type_=sa.Uuid())
        occurred = sa.bindparam("occurred_at", type_=sa.DateTime(timezone=True))
        local_day = sa.cast(
            sa.func.timezone(sa.func.coalesce(zone.expression(actor), "UTC"), occurred), sa.Date
        )
        # inline: the time of recording is a part of the key, but nobody here asks for it.
        insert = sa.insert(EventRow.__table__).inline()  # type: ignore[arg-type]  # a Table, which is meant
        statement = insert.values(
            id=sa.bindparam("id"),
            name=sa.bindparam("name"),
            version=sa.bindparam("version"),
            actor_id=actor,
            occurred_at=occurred,
            local_day=local_day,
            data=sa.bindparam("data"),
        )
        _statements[id(zone)] = statement
    return statement
