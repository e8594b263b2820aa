"""The Celery worker runs jobs, and loses none when it dies or when its broker forgets everything."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.eventually import eventually
from tests.programs import Program
from web.accounts.schemas import Registration
from web.accounts.service import AccountService
from web.core.app import App
from web.core.models import Job


class Celery(Program):
    """One Celery program; a worker is ready when it has run what was due."""

    def __init__(self, app: App, environment: dict[str, str], folder: Path, *arguments: str) -> None:
        celery = str(Path(sys.executable).with_name("celery"))
        heartbeat = app.valkey.key("heartbeat", "worker")
        super().__init__(
            [celery, "--app", "pipelines.app", *arguments],
            environment,
            (lambda: bool(app.valkey.client.exists(heartbeat))) if arguments[0] == "worker" else lambda: True,
            folder / f"{arguments[0]}.log",
        )


@pytest.fixture
def worker(app: App, environment: dict[str, str], tmp_path: Path) -> Iterator[Celery]:
    """A running worker."""
    program = Celery(app, environment, tmp_path, "worker", "--concurrency", "2", "--without-gossip")
    program.start()
    yield program
    program.stop()


def sign_up(app: App, name: str) -> None:
    """Leaves a job that mails a code."""
    with app.work() as services:
        services[AccountService].register(
            Registration.model_validate(
                {
                    "email": f"{name}@example.com",
                    "password": "a good password",
                    "nickname": name,
                    "birth_date": "1999-05-17",
                }
            )
        )


def mails(app: App) -> int:
    """How many mails are in the outbox."""
    return len(list((app.settings.var / "outbox").glob("*.eml")))


def jobs(app: App) -> int:
    """How many jobs wait."""
    with app.engines.reads.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(Job)) or 0


def test_a_job_is_run_as_soon_as_it_is_written(app: App, worker: Celery) -> None:
    sign_up(app, "mina")
    eventually(lambda: jobs(app) == 0)
    assert mails(app) == 1
