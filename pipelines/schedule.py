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
    # So do notifications: a push service may answer slowly.
    "sweep notifications": {
        "task": RUN_DUE_JOBS,
        "args": ["notifications"],
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    # And the pushes themselves.
    "sweep pushes": {
        "task": RUN_DUE_JOBS,
        "args": ["push"],
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "check push receipts": {
        "task": WANT_JOB,
        "args": ["push.check_receipts"],
        "schedule": crontab(minute="*/15"),
    },
    "clean up devices": {
        "task": WANT_JOB,
        "args": ["devices.clean_up"],
        "schedule": crontab(hour=4, minute=45),
    },
    # Each hour it is morning somewhere.
    "send digests": {"task": WANT_JOB, "args": ["notifications.send_digests"], "schedule": crontab(minute=5)},
    "clean up notifications": {
        "task": WANT_JOB,
        "args": ["notifications.clean_up"],
        "schedule": crontab(hour=4, minute=35),
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
    "clean up rooms": {"task": WANT_JOB, "args": ["rooms.clean_up"], "schedule": crontab(hour=5, minute=0)},
    "rebuild trending": {"task": WANT_JOB, "args": ["feeds.rebuild_trending"], "schedule": 60.0},
    "clean up feeds": {"task": WANT_JOB, "args": ["feeds.clean_up"], "schedule": crontab(hour=4, minute=50)},
    "remind of old keys": {
        "task": WANT_JOB,
        "args": ["keys.remind"],
        "schedule": crontab(hour=9, minute=15),
    },
    "clean up keys": {"task": WANT_JOB, "args": ["keys.clean_up"], "schedule": crontab(hour=4, minute=55)},
    # Patience grows by steps of ten seconds.
    "match those who wait": {
        "task": WANT_JOB,
        "args": ["matching.look"],
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "clean up matching": {
        "task": WANT_JOB,
        "args": ["matching.clean_up"],
        "schedule": crontab(hour=5, minute=0),
    },
    "night": {"task": RUN_NIGHT, "schedule": crontab(hour=2, minute=0)},
}
