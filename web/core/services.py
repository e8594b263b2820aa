"""The container of services of one unit of work: a request, a job, a command, a socket message."""

from typing import TypeVar

import svcs

T = TypeVar("T")


class Services:
    """The services of one unit of work, made when first asked for and shared until it ends."""

    def __init__(self, container: svcs.Container) -> None:
        self._container = container

    def __getitem__(self, service: type[T]) -> T:
        return self._container.get(service)

    def close(self) -> None:
        """End the unit of work's own resources, its session first of all."""
        self._container.close()
