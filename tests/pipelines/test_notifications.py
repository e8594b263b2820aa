"""A notification leaves Plaza as soon as it is written, in the queue that it has for itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.schedule import SCHEDULE
from tests.eventually import eventually
from tests.factories import Person, make_person
from tests.programs import WorkerProcess
from tests.web.notifications.doings import follow, mails
from web.core.app import App
from web.core.models import EventRow, Job
from web.notifications.dispatch import QUEUE
from web.notifications.preferences import PreferenceService
from web.notifications.schemas import PreferencesChange


@pytest.fixture
def worker(app: App, environment: dict[str, str], tmp_path: Path) -> Iterator[WorkerProcess]:
    """A running worker."""
    program = WorkerProcess(app, environment, tmp_path)
    program.start()
    yield program
    assert program.stop() == 0, program.log.read_text()


def names(app: App) -> set[str]:
    with app.engines.reads.connect() as connection:
        return set(connection.scalars(sa.select(EventRow.name)))


def waiting(app: App) -> int:
    with app.engines.reads.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).where(Job.queue == QUEUE)) or 0


def test_the_worker_tells_sockets_and_sends_mails(app: App, worker: WorkerProcess) -> None:
    mina, joon = make_person(app, "mina", locale="en"), make_person(app, "joon")
    want_mail(app, mina)
    follow(app, joon, mina)
    eventually(lambda: waiting(app) == 0)
    assert "member_told" in names(app)
    assert [mail["Subject"] for mail in mails(app)] == ["Joon follows you now"]


def test_what_no_hint_told_of_is_swept() -> None:
    assert QUEUE in [entry["args"][0] for name, entry in SCHEDULE.items() if name.startswith("sweep")]


def want_mail(app: App, person: Person) -> None:
    change = PreferencesChange.model_validate({"types": {"member_followed": {"email": True}}})
    with app.work() as services:
        services[PreferenceService].change(person.id, change)
