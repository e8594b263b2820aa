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
    """The database, the server over it, and who is asking."""

    size: feed_data.Size
    settings: Settings
    database_url: str
    valkey_url: str
    port: int
    server: psutil.Process
    postmaster: psutil.Process
    viewers: list[Person]


@contextmanager
def stage(size: feed_data.Size, viewers_count: int = VIEWERS) -> Iterator[Stage]:
    """Servers, data and the product's own server process, all gone afterwards."""
    viewers: list[Person] = []

    def prepare(app: App, owner_url: str) -> None:
        viewers.extend(make_person(app, f"viewer{number}") for number in range(viewers_count))
        feed_data.fill(owner_url, [viewer.id for viewer in viewers], size)

    with serving(prepare) as server:
        yield Stage(
            size,
            server.settings,
            server.database_url,
            server.valkey_url,
            server.port,
            server.process,
            server.postmaster,
            viewers,
        )
