"""The programs of a development stack: what runs, as whom, with which variables, and how it is ended."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from web.runtime import environment as env
from web.runtime.layout import Layout
from web.runtime.nginx import Nginx
from web.runtime.postgres import EmbeddedPostgres
from web.runtime.processes import STACK_MARK
from web.runtime.valkey import EmbeddedValkey

SERVERS = ("postgres", "valkey")  # ready before anything else starts
START_ORDER = (*SERVERS, "web", "realtime", "analytics", "relay", "worker", "beat", "nginx")
IMPORT_SECONDS = 5  # within which a broken Python program fails, on a slow machine
# The read API sees one database role and nothing that signs.
ANALYTICS_VARIABLES = (
    "PLAZA_ENV",
    "PLAZA_VAR",
    "PLAZA_ANALYTICS_PORT",
    "PLAZA_ANALYTICS_POOL_SIZE",
    "PLAZA_WEB_PORT",
    "PLAZA_PUBLIC_URL",
    "PLAZA_READER_DATABASE_URL",
    "PLAZA_JWKS_URL",
    "PLAZA_CORS_ORIGINS",
)


def start_order(name: str) -> int:
    """Sorts programs by their start; several of one kind have names like `web-2`."""
    kind = name.partition("-")[0]
    return START_ORDER.index(kind) if kind in START_ORDER else len(START_ORDER)


@dataclass(frozen=True)
class Program:
    """One supervised program.

    Attributes:
        environment: on top of the supervisor's own.
        user: account to switch to, None for ours.
        stop_signal: what ends it in good order.
        stop_seconds: how long that may take before SIGKILL.
        with_children: whether the SIGKILL goes to its whole process group.
        start_seconds: one that ends sooner could not start, and is tried again with growing pauses.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str]
    directory: Path
    user: str | None = None
    stop_signal: str = "TERM"
    stop_seconds: int = 10
    with_children: bool = True
    start_seconds: int = 1


def programs(
    layout: Layout,
    variables: Mapping[str, str],
    *,
    postgres: EmbeddedPostgres | None,
    valkey: EmbeddedValkey | None,
    nginx: Nginx | None,
) -> list[Program]:
    """All programs in the order of their start; they end in the opposite order.

    Args:
        layout: the folders.
        variables: every PLAZA_* variable (`environment.resolve`).
        postgres: None when the environment names a server of its own; `valkey` likewise.
        nginx: None when it is not installed.
    """
    mark = {STACK_MARK: str(layout.var)}
    # Superuser and owner are for the commands that need them, not for long-running programs.
    withheld = (env.ADMIN_VARIABLE, "PLAZA_OWNER_DATABASE_URL", "PLAZA_DEMO_PASSWORD")
    ours = {name: value for name, value in variables.items() if name not in withheld}
    ours |= mark | {"PYTHONUNBUFFERED": "1"}
    analytics = {name: variables[name] for name in ANALYTICS_VARIABLES if name in variables}
    analytics |= mark | {"PYTHONUNBUFFERED": "1"}

    def plaza(name: str, *command: str, environment: Mapping[str, str] = ours, seconds: int = 10) -> Program:
        return Program(
            name, list(command), environment, layout.root, stop_seconds=seconds, start_seconds=IMPORT_SECONDS
        )

    started: list[Program] = []
    if postgres:
        port = env.port_of(variables[env.ADMIN_VARIABLE])
        assert port is not None  # noqa: S101  # we made this URL, with a port
        user = postgres.user.name if postgres.user.is_other else None
        clean = {"LC_ALL": "C", **mark}
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
        started.append(
            Program(
                "postgres", postgres.command(port), clean, postgres.home, user, "INT", 30, with_children=False
            )
        )
    if valkey:
        started.append(Program("valkey", valkey.command(), mark, layout.var))
    ini = str(layout.root / "development.ini")
    celery = (tool("celery"), "--app", "pipelines.app")
    started += [
        *(
            plaza(name, tool("pserve"), ini, environment=ours | {"PLAZA_WEB_PORT": str(port)})
            for name, port in env.web_ports(variables).items()
        ),
        *(
            plaza(
                name,
                *(tool("pserve"), ini, "--app-name", "realtime", "--server-name", "realtime"),
                environment=ours | {"PLAZA_REALTIME_PORT": str(port)},
            )
            for name, port in env.realtime_ports(variables).items()
        ),
        plaza(
            "analytics",
            *(tool("uvicorn"), "analytics_api.main:app", "--host", "127.0.0.1"),
            *("--port", variables["PLAZA_ANALYTICS_PORT"]),
            *(
                "--proxy-headers",
                "--forwarded-allow-ips",
                "127.0.0.1",
                "--no-server-header",
                "--no-access-log",
            ),
            environment=analytics,
        ),
        plaza("relay", sys.executable, "-m", "pipelines.relay"),
        plaza(
            "worker",
            *celery,
            *("worker", "--loglevel", "INFO", "--concurrency", "2", "--without-gossip", "--without-mingle"),
            seconds=20,
        ),
        plaza(
            "beat",
            *celery,
            *("beat", "--loglevel", "INFO", "--pidfile", ""),
            *("--schedule", str(layout.run / "celerybeat-schedule")),
        ),
    ]
    if nginx:
        started.append(Program("nginx", nginx.command(), mark, layout.var))
    return started


def tool(name: str) -> str:
    """Path of a console script of this Python environment."""
    return os.fspath(Path(sys.executable).parent / name)
