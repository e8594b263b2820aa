"""The Celery worker runs jobs, and loses none when it dies or when its broker forgets everything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from celery import Celery

from pipelines.schedule import RUN_NIGHT, SCHEDULE, WANT_JOB
from tests.eventually import eventually
from tests.programs import WorkerProcess
from web.accounts.schemas import Registration
from web.accounts.ways_in.sign_up import SignUpService
from web.core.app import App
from web.core.ids import new_id
from web.core.job_runner import JobRunner
from web.core.jobs import JobLog
from web.core.models import Job
from web.core.signalling import RUN_DUE_JOBS


@pytest.fixture
def worker(app: App, environment: dict[str, str], tmp_path: Path) -> Iterator[WorkerProcess]:
    """A running worker."""
    program = WorkerProcess(app, environment, tmp_path)
    program.start()
    yield program
    assert program.stop() == 0, program.log.read_text()


def sign_up(app: App, name: str) -> None:
    """Leaves a job that mails a code."""
    with app.work() as services:
        services[SignUpService].register(
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


def forget_everything(app: App) -> None:
    """What a flush does to this test's part of Valkey, the broker's included."""
    client = app.valkey.client
    for key in client.scan_iter(match=f"{app.valkey.prefix}*"):
        client.delete(key)


def test_a_job_is_run_as_soon_as_it_is_written(app: App, worker: WorkerProcess) -> None:
    sign_up(app, "mina")
    eventually(lambda: jobs(app) == 0)
    assert mails(app) == 1


def test_hints_arrive_after_the_broker_has_forgotten_everything(app: App, worker: WorkerProcess) -> None:
    sign_up(app, "mina")
    eventually(lambda: jobs(app) == 0)
    forget_everything(app)
    sign_up(app, "joon")
    eventually(lambda: jobs(app) == 0)
    assert mails(app) == 2


def test_a_worker_killed_in_the_middle_leaves_its_jobs_to_the_next(app: App, worker: WorkerProcess) -> None:
    for number in range(30):
        sign_up(app, f"member{number}")
    worker.kill()
    assert jobs(app) > 0, "it was too fast to be killed in the middle"
    forget_everything(app)
    worker.start()
    eventually(lambda: mails(app) == 30, 60)
    eventually(lambda: jobs(app) == 0)


def test_the_sweep_runs_what_no_hint_told_of(app: App, worker: WorkerProcess) -> None:
    with app.engines.writes.begin() as connection:
        row = {"id": new_id(), "queue": "default", "kind": "core.clean_up", "args": {}}
        connection.execute(sa.insert(Job), row | {"due_at": app.clock.now()})
    sweep = SCHEDULE["sweep jobs"]
    broker = Celery("test", broker=app.settings.valkey_url, set_as_current=False)
    broker.conf.broker_transport_options = {"global_keyprefix": app.settings.valkey_prefix}
    broker.send_task(sweep["task"], args=sweep["args"])
    eventually(lambda: jobs(app) == 0)
    broker.close()


def test_what_the_clock_wants_exists(app: App) -> None:
    tasks = {entry["task"] for entry in SCHEDULE.values()}
    assert tasks == {RUN_DUE_JOBS, WANT_JOB, RUN_NIGHT}
    wanted = {entry["args"][0] for entry in SCHEDULE.values() if entry["task"] == WANT_JOB}
    assert wanted <= {kind for queue in app.jobs.queues() for kind in app.jobs.kinds(queue)}
    for kind in wanted:
        with app.work() as services:
            services[JobLog].add(kind)
    while sum(JobRunner(app, queue).run_due() for queue in app.jobs.queues()):  # some want more done
        pass
    assert jobs(app) == 0


def test_every_queue_is_swept(app: App) -> None:
    swept = {entry["args"][0] for entry in SCHEDULE.values() if entry["task"] == RUN_DUE_JOBS}
    assert swept == app.jobs.queues() - {"relay"}  # which a process of its own watches
