"""Whether each program does its work, asked from outside the way its users would."""

import contextlib
from collections.abc import Callable, Mapping

import httpx
import psycopg
import redis

from web.runtime import environment as env
from web.runtime.programs import start_order
from web.runtime.supervisor import RUNNING, ProgramState

# Returns None when healthy, else the reason in a few words.
Check = Callable[[], str | None]

TIMEOUT = 2.0  # seconds; a program that answers slower than this is not well
PREFIX = "plaza:"


def checks(variables: Mapping[str, str]) -> dict[str, Check | None]:
    """The check of every program, by its name.

    Args:
        variables: PLAZA_* variables (`environment.known`).
    """
    valkey = variables.get("PLAZA_VALKEY_URL", "")
    prefix = variables.get("PLAZA_VALKEY_PREFIX", PREFIX)
    found: dict[str, Check | None] = {
        "postgres": lambda: postgres(variables.get("PLAZA_DATABASE_URL", "")),
        "valkey": lambda: ping(valkey),
        "beat": None,  # it only sends; that it stays up is all there is to ask
    }
    for name in ("relay", "worker"):
        found[name] = _heartbeat(valkey, f"{prefix}heartbeat:{name}")
    found["analytics"] = _http(variables["PLAZA_ANALYTICS_PORT"])
    for name, port in (env.web_ports(variables) | env.realtime_ports(variables)).items():
        found[name] = _http(str(port))
    # Whatever it answers: what stands behind it has checks of its own.
    found["nginx"] = _http(variables["PLAZA_FRONT_PORT"], any_status=True)
    return {name: found[name] for name in sorted(found, key=start_order)}


def problem(state: ProgramState, check: Check | None) -> str | None:
    """Why a program is not well, None when it is. One that can be asked is asked while it still starts."""
    if check and state.pid:
        return check()
    return None if state.state == RUNNING else state.state.lower()


def forget_heartbeat(variables: Mapping[str, str], name: str) -> None:
    """Drop a program's sign of life before it is restarted, so that only its successor's counts."""
    url = variables.get("PLAZA_VALKEY_URL", "")
    with contextlib.suppress(redis.RedisError), _client(url) as client:
        client.delete(f"{variables.get('PLAZA_VALKEY_PREFIX', PREFIX)}heartbeat:{name}")


def postgres(url: str) -> str | None:
    """Whether the role of this URL can log in."""
    try:
        psycopg.connect(url, connect_timeout=int(TIMEOUT)).close()
    except psycopg.Error as error:
        return _first_line(error)
    return None


def ping(url: str) -> str | None:
    """Whether Valkey answers."""
    try:
        with _client(url) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return _first_line(error)
    return None


def _http(port: str, *, any_status: bool = False) -> Check:
    def check() -> str | None:
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=TIMEOUT, trust_env=False)
        except httpx.HTTPError as error:
            return f"port {port}: {_first_line(error)}"
        well = any_status or answer.status_code == httpx.codes.OK
        return None if well else f"/healthz answers {answer.status_code}"

    return check


def _heartbeat(url: str, key: str) -> Check:
    def check() -> str | None:
        try:
            with _client(url) as client:
                return None if client.exists(key) else "no sign of life"
        except (redis.RedisError, ValueError) as error:
            return _first_line(error)

    return check


def _client(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
