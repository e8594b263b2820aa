"""What the benchmarks of feeds run on: a community, and the server over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from tests.benchmarks import feed_data
from tests.benchmarks.serving import serving
from tests.factories import Person, make_person
from web.core.app import App
from web.core.settings import Settings

VIEWERS = 50


@dataclass(frozen=True)
class Stage:
    """The database, the web processes over it, and who is asking."""

    size: feed_data.Size
    settings: Settings
    database_url: str
    valkey_url: str
    ports: list[int]
    servers: list[psutil.Process]
    postmaster: psutil.Process
    viewers: list[Person]

    @property
    def port(self) -> int:
        """That of the first web process."""
        return self.ports[0]


@contextmanager
def stage(size: feed_data.Size, viewers_count: int = VIEWERS, *, web_processes: int = 1) -> Iterator[Stage]:
    """Servers, data and the product's own web processes, all gone afterwards."""
    viewers: list[Person] = []

    def prepare(app: App, owner_url: str) -> None:
        viewers.extend(make_person(app, f"viewer{number}") for number in range(viewers_count))
        feed_data.fill(owner_url, [viewer.id for viewer in viewers], size)

    with serving(prepare, web_processes=web_processes) as server:
        yield Stage(
            size,
            server.settings,
            server.database_url,
            server.valkey_url,
            server.ports,
            server.processes,
            server.postmaster,
            viewers,
        )
