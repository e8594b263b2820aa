"""The container of services of one unit of work: a request, a job, a command, a socket message."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy.orm import Session

T = TypeVar("T")

# Makes a service of the services that its constructor asks for.
Factory = Callable[["Services"], Any]


class Services:
    """The services of one unit of work, made when first asked for and shared until it ends.

    Args:
        values: what all units of work of the process share, by type.
        factories: what is made for each, by type.
        make_session: opens the session, which only some units of work need.
    """

    def __init__(
        self,
        values: Mapping[type, Any],
        factories: Mapping[type, Factory],
        make_session: Callable[[], Session],
    ) -> None:
        self._values = values
        self._factories = factories
        self._make_session = make_session
        self._made: dict[type, Any] = {}

    def __getitem__(self, service: type[T]) -> T:
        found = self._made.get(service)
        if found is None:
            found = self._made[service] = self._make(service)
        made: T = found
        return made

    def _make(self, service: type) -> Any:
        if service in self._values:
            return self._values[service]
        if service is Session:
            return self._make_session()
        if service is Services:
            return self
        return self._factories[service](self)

    def close(self) -> None:
        """End the unit of work's own resources, its session first of all."""
        session: Session | None = self._made.get(Session)
        self._made.clear()
        if session is not None:
            session.close()
