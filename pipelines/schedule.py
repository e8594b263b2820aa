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
    # Pictures and videos wait in a queue of their own, so that mails do not wait behind them.
    "sweep media": {
        "task": RUN_DUE_JOBS,
        "args": ["media"],
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "clean up media": {"task": WANT_JOB, "args": ["media.clean_up"], "schedule": crontab(minute=40)},
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
    "clean up friends": {
        "task": WANT_JOB,
        "args": ["friends.clean_up"],
        "schedule": crontab(hour=4, minute=25),
    },
    "sweep accounts": {
        "task": WANT_JOB,
        "args": ["accounts.sweep"],
        "schedule": crontab(hour=4, minute=30),
    },
    "remove stories": {
        "task": WANT_JOB,
        "args": ["content.remove_stories"],
        "schedule": crontab(minute="*/15"),
    },
    "catch up with search": {
        "task": WANT_JOB,
        "args": ["search.catch_up"],
        "schedule": crontab(hour=4, minute=40),
    },
    "rebuild trending": {"task": WANT_JOB, "args": ["feeds.rebuild_trending"], "schedule": 60.0},
    "clean up feeds": {"task": WANT_JOB, "args": ["feeds.clean_up"], "schedule": crontab(hour=4, minute=50)},
    "night": {"task": RUN_NIGHT, "schedule": crontab(hour=2, minute=0)},
}
