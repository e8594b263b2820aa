"""The application: what every process of Plaza has, whatever it serves.

Web, sockets, workers and commands all build the same :class:`App` from ``web.features``, so that a worker
knows each service, subscriber and job that the web process knows.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import transaction
from sqlalchemy.orm import Session

from web.core import housekeeping, inbox, my_data
from web.core.channels import Channels
from web.core.clock import Clock
from web.core.db import MANAGER, Engines
from web.core.events import DELIVER, ActorZone, EventLog, Subscribers
from web.core.followers import Followers
from web.core.jobs import JobLog, JobRegistry
from web.core.mail import Mailer, mailer_for
from web.core.media_addresses import ADDRESSES, MediaAddresses
from web.core.news import News
from web.core.personal_data import PersonalData
from web.core.sealing import Sealer
from web.core.services import Factory, Services
from web.core.settings import Settings
from web.core.signalling import Signals, Valkey
from web.core.sms import SmsSender, sms_sender_for
from web.core.storage import Storage, storage_for
from web.core.throttle import Throttle
from web.core.tokens import KeyRing
from web.core.topics import Broadcast, Topics
from web.core.writing import SIGNALS, WritingSession

T = TypeVar("T")


class App:
    """Registries filled by the features, and the resources of this process.

    Attributes:
        subscribers: what follows in the same transaction when an event happens.
        jobs: bodies of deferred work by kind.
        channels: how events reach sockets.
        topics: what several members follow at once on their sockets.
        news: what processes tell each other about what they keep in memory.
        personal_data: what the copy of one's data and the erasure of an account have to include.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.engines = Engines(settings)
        self.valkey = Valkey(settings)
        self.signals = Signals(self.valkey, settings)
        self.news = News(self.valkey, self.signals, settings)
        self.mailer = mailer_for(settings)
        self.addresses = MediaAddresses(settings.secret)
        self.keys = KeyRing.load(settings.signing_keys, for_production=settings.is_production)
        self.subscribers = Subscribers()
        self.jobs = JobRegistry()
        self.channels = Channels()
        self.topics = Topics()
        self.personal_data = PersonalData()
        self._values: dict[type, Any] = {}
        self._factories: dict[type, Factory] = {}
        for value in (
            self,
            settings,
            self.engines,
            self.valkey,
            self.signals,
            self.news,
            self.addresses,
            self.keys,
            self.subscribers,
            self.jobs,
            self.channels,
            self.topics,
        ):
            self.add_value(type(value), value)
        self.add_value(Clock, self.clock)
        self.add_value(Mailer, self.mailer)
        self.add_value(ActorZone, ActorZone())
        self.add_value(Storage, storage_for(settings))
        self.add_value(Sealer, Sealer(settings))
        self.add_value(Throttle, Throttle(settings, self.valkey))
        self.add_value(SmsSender, sms_sender_for(settings))
        self.add_value(PersonalData, self.personal_data)
        self.add_service(EventLog)
        self.add_service(JobLog)
        self.add_service(inbox.Inbox)
        self.add_service(Broadcast)
        self.add_service(Followers)
        self.jobs.add(DELIVER, inbox.deliver, queue="relay")
        housekeeping.register(self.jobs)
        my_data.register(self.personal_data)

    def add_service(self, service: type, *, provides: type | None = None) -> None:
        """Let units of work make ``service``, its constructor's arguments found by their types.

        Args:
            provides: the abstract type that others ask for, when ``service`` implements one from below.
        """
        constructor = inspect.signature(service, eval_str=True)
        hints = {name: parameter.annotation for name, parameter in constructor.parameters.items()}

        def factory(services: Services) -> Any:
            return service(**{name: services[hint] for name, hint in hints.items()})

        self._factories[provides or service] = factory

    def add_value(self, kind: type[T], value: T) -> None:
        """Let services ask for ``value`` by its type; the last one given wins."""
        self._values[kind] = value

    def value(self, kind: type[T]) -> T:
        """A value that a feature below has added."""
        value: T = self._values[kind]
        return value

    def services(self, make_session: Callable[[], Session]) -> Services:
        """A container of services around a session that is opened only when one of them needs it."""
        return Services(self._values, self._factories, make_session)

    @contextmanager
    def work(self) -> Iterator[Services]:
        """A unit of work outside a request: commits when the block ends, rolls back when it raises."""
        manager = transaction.TransactionManager(explicit=True)
        with manager:
            services = self.services(lambda: self.writing_session(manager))
            yield services
        services.close()

    @contextmanager
    def reading(self) -> Iterator[Services]:
        """A read-only unit of work outside a request."""
        services = self.services(self.reading_session)
        try:
            yield services
        finally:
            services.close()

    def writing_session(self, manager: transaction.TransactionManager) -> Session:
        """A session whose fate ``manager`` decides; what is signalled in it is sent after the commit."""
        info = {MANAGER: manager, ADDRESSES: self.addresses, SIGNALS: self.signals}
        return WritingSession(self.engines.writes, expire_on_commit=False, info=info)

    def reading_session(self) -> Session:
        """A session on the read-only AUTOCOMMIT pool."""
        info = {ADDRESSES: self.addresses}
        return Session(self.engines.reads, autoflush=False, expire_on_commit=False, info=info)

    def close(self) -> None:
        """Give back every pooled connection."""
        self.engines.dispose()
        self.news.close()
        self.valkey.close()
