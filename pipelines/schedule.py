"""What happens by the clock (UTC). Beat only sends; workers do it."""

from typing import Any

from celery.schedules import crontab

from web.core.signalling import RUN_DUE_JOBS

WANT_JOB = "plaza.jobs.want"
RUN_NIGHT = "plaza.night"

SWEEP_SECONDS = 10.0

SCHEDULE: dict[str, dict[str, Any]] = {
    # Hints get lost; jobs do not. One sweep that waits is enough.
    "sweep jobs": {
        "task": RUN_DUE_JOBS,
        "args": ["default"],
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "make event partitions": {
        "task": WANT_JOB,
        "args": ["core.make_event_partitions"],
        "schedule": crontab(hour=0, minute=30),
    },
    "clean up core": {"task": WANT_JOB, "args": ["core.clean_up"], "schedule": crontab(hour=4, minute=10)},
    "clean up accounts": {
        "task": WANT_JOB,
        "args": ["accounts.clean_up"],
        "schedule": crontab(hour=4, minute=20),
    },
    "sweep accounts": {
        "task": WANT_JOB,
        "args": ["accounts.sweep"],
        "schedule": crontab(hour=4, minute=30),
    },
    "night": {"task": RUN_NIGHT, "schedule": crontab(hour=2, minute=0)},
}
