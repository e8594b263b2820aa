"""The Celery app: ``celery -A pipelines.app worker`` and ``beat``.

Its messages are hints to look into the table of jobs, which is the truth; the night alone is a task of its
own. Each worker process builds its own :class:`App` on first use: database connections must not cross a fork.
"""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import redis
import structlog
from celery import Celery, signals

from pipelines.schedule import RUN_NIGHT, SCHEDULE, WANT_JOB
from web.core import logging
from web.core.app import App
from web.core.inbox import DATABASE_AWAY
from web.core.job_runner import JobRunner
from web.core.jobs import JobLog
from web.core.settings import Settings
from web.core.signalling import RUN_DUE_JOBS
from web.features import build_app

log = structlog.get_logger(__name__)

HEARTBEAT_EXPIRY = 30  # seconds; a sweep comes every ten

settings = Settings.load()
app = Celery("plaza", broker=settings.valkey_url)
app.conf.update(
    broker_transport_options={
        "global_keyprefix": settings.valkey_prefix,
        # Seconds until a message that was not acknowledged is given to another worker; no night is longer.
        "visibility_timeout": 6 * 3600,
        "socket_keepalive": True,
    },
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_concurrency=2,
    worker_prefetch_multiplier=1,  # nothing waits behind a night
    worker_cancel_long_running_tasks_on_connection_loss=False,
    task_ignore_result=True,
    timezone="UTC",
    beat_schedule=SCHEDULE,
    beat_schedule_filename=str(settings.var / "celerybeat-schedule"),
)


@cache
def plaza() -> App:
    """The application of this process."""
    return build_app(settings)


@app.task(name=RUN_DUE_JOBS)
def run_due_jobs(queue: str) -> None:
    """Run what is due in a queue until nothing is."""
    runner = JobRunner(plaza(), queue)
    plaza().signals.heard(queue)
    try:
        while runner.run_due():
            pass
    except DATABASE_AWAY as error:  # the next sweep looks again
        log.warning("database_unavailable", error=str(error).splitlines()[0])
    else:
        _beat()


def _beat() -> None:
    """Say that jobs are being run; the sign expires soon after they are not."""
    valkey = plaza().valkey
    try:
        valkey.client.set(valkey.key("heartbeat", "worker"), b"1", ex=HEARTBEAT_EXPIRY)
    except redis.RedisError as error:
        log.warning("heartbeat_failed", error=str(error))


@app.task(name=WANT_JOB)
def want_job(kind: str) -> None:
    """Add a job that needs nothing but its kind, unless one waits already."""
    with plaza().work() as services:
        services[JobLog].add(kind, dedupe_key=kind)


@app.task(name=RUN_NIGHT, acks_late=True, reject_on_worker_lost=True)
def run_night() -> None:
    """Run the night of yesterday in a process of its own, which frees its memory; begun again if we die.

    Raises:
        CalledProcessError: it did not end well; it has said why.
    """
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    command = [sys.executable, "-m", "web.cli.main", "nightly", "--as-of", yesterday.isoformat()]
    subprocess.run(command, check=True)


@signals.setup_logging.connect
def _configure_logging(**_: Any) -> None:
    logging.configure(settings)


@signals.worker_ready.connect
def _sweep_at_once(**_: Any) -> None:
    """Do not wait for the first sweep: jobs may have come while no worker ran."""
    run_due_jobs.apply_async(["default"])
