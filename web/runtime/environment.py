"""The PLAZA_* variables of a development stack: from the environment, the last start, or made now."""

import secrets
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from web.runtime.bootstrap import ROLE_VARIABLES
from web.runtime.errors import StartupError
from web.runtime.layout import Layout
from web.runtime.ports import pick_free_port
from web.runtime.postgres import ADMIN

PORTS = {
    "PLAZA_FRONT_PORT": 8080,
    "PLAZA_WEB_PORT": 8000,
    "PLAZA_ANALYTICS_PORT": 8001,
    "PLAZA_REALTIME_PORT": 8002,
}
MOST_PROCESSES = 16  # of one kind
APART = {"web": 100, "realtime": 1}  # how far the ports of several lie apart
DATABASE = "plaza"
ADMIN_VARIABLE = "PLAZA_ADMIN_DATABASE_URL"
DATABASE_VARIABLES = (ADMIN_VARIABLE, *ROLE_VARIABLES.values())


def uses_embedded_postgres(environ: Mapping[str, str]) -> bool:
    """Whether the stack runs its own PostgreSQL: yes, unless the environment names one."""
    return "PLAZA_DATABASE_URL" not in environ


def uses_embedded_valkey(environ: Mapping[str, str]) -> bool:
    """Whether the stack runs its own Valkey: yes, unless the environment names one."""
    return "PLAZA_VALKEY_URL" not in environ


def known(layout: Layout, environ: Mapping[str, str]) -> dict[str, str]:
    """What a command sees of a stack: the environment over `runtime.json` over the default ports."""
    defaults = {name: str(port) for name, port in PORTS.items()}
    state = {} if environ.get("PLAZA_ENV") == "production" else layout.read_state()
    given = {name: value for name, value in environ.items() if name.startswith("PLAZA_")}
    return defaults | state | given | {"PLAZA_VAR": str(layout.var)}


def resolve(layout: Layout, environ: Mapping[str, str], *, with_nginx: bool) -> dict[str, str]:
    """Every variable that the programs of a new start get.

    Passwords and embedded ports are those of the last start (a port that is taken by now is picked anew);
    the ports of the application come from the environment alone, so that a start is not steered by the
    flags of an old one.
    """
    old = layout.read_state()
    given = {name: value for name, value in environ.items() if name.startswith("PLAZA_")}
    result = {
        "PLAZA_ENV": "development",
        "PLAZA_SECRET": old.get("PLAZA_SECRET") or f"development-{secrets.token_hex(32)}",
        "PLAZA_DEMO_PASSWORD": old.get("PLAZA_DEMO_PASSWORD") or secrets.token_urlsafe(9),
        "PLAZA_SIGNING_KEYS": str(layout.var / "signing_keys.json"),
        "PLAZA_LAKE": str(layout.var / "lake"),
        "PLAZA_WAREHOUSE": str(layout.var / "warehouse.duckdb"),
        **{name: given.get(name, str(port)) for name, port in PORTS.items()},
    }
    if uses_embedded_postgres(given):
        result |= _database_urls(old)
    if uses_embedded_valkey(given):
        result["PLAZA_VALKEY_URL"] = _valkey_url(old)
    result["PLAZA_JWKS_URL"] = f"http://127.0.0.1:{result['PLAZA_WEB_PORT']}/.well-known/jwks.json"
    result |= _addresses(result, with_nginx=with_nginx)
    return result | given | {"PLAZA_VAR": str(layout.var)}


def web_ports(variables: Mapping[str, str]) -> dict[str, int]:
    """The ports of the web processes by program: `PLAZA_WEB_PROCESSES` of them, 100 apart.

    One, unless more are wanted: each takes memory and up to two pools of connections (`PLAZA_POOL_SIZE`) and
    keeps a core busy at most, and of a small machine's two PostgreSQL and the worker need one.

    Raises:
        StartupError: the number or the first port is none.
    """
    return _ports("web", variables)


def realtime_ports(variables: Mapping[str, str]) -> dict[str, int]:
    """The ports of the socket processes by program: `PLAZA_REALTIME_PROCESSES` of them, one after the other.

    Raises:
        StartupError: the number or the first port is none.
    """
    return _ports("realtime", variables)


def _ports(kind: str, variables: Mapping[str, str]) -> dict[str, int]:
    port, processes = f"PLAZA_{kind.upper()}_PORT", f"PLAZA_{kind.upper()}_PROCESSES"
    given, first = variables.get(processes, "1"), variables[port]
    if not given.isdigit() or not 1 <= int(given) <= MOST_PROCESSES:
        raise StartupError(f"{processes} is {given!r}; it is 1 to {MOST_PROCESSES}")
    if not first.isdigit():
        raise StartupError(f"{port} is {first!r}, which is not a port")
    return {
        kind if number == 0 else f"{kind}-{number + 1}": int(first) + number * APART[kind]
        for number in range(int(given))
    }


def password_of(url: str) -> str:
    """The password inside a URL, '' when it has none."""
    return unquote(urlsplit(url).password or "")


def port_of(url: str) -> int | None:
    """The port inside a URL."""
    return urlsplit(url).port


def _database_urls(old: Mapping[str, str]) -> dict[str, str]:
    port = pick_free_port(port_of(old.get(ADMIN_VARIABLE, "")))

    def url(role: str, variable: str, database: str) -> str:
        password = password_of(old.get(variable, "")) or secrets.token_hex(16)
        return f"postgresql://{role}:{password}@127.0.0.1:{port}/{database}"

    urls = {variable: url(role, variable, DATABASE) for role, variable in ROLE_VARIABLES.items()}
    return urls | {ADMIN_VARIABLE: url(ADMIN, ADMIN_VARIABLE, "postgres")}


def _valkey_url(old: Mapping[str, str]) -> str:
    url = old.get("PLAZA_VALKEY_URL", "")
    return f"redis://:{password_of(url) or secrets.token_hex(16)}@127.0.0.1:{pick_free_port(port_of(url))}/0"


def _addresses(ports: Mapping[str, str], *, with_nginx: bool) -> dict[str, str]:
    """Where browsers reach the parts: one origin behind nginx, else three that allow each other."""
    if with_nginx:
        return {"PLAZA_PUBLIC_URL": f"http://localhost:{ports['PLAZA_FRONT_PORT']}"}
    web = ports["PLAZA_WEB_PORT"]
    return {
        "PLAZA_PUBLIC_URL": f"http://localhost:{web}",
        "PLAZA_CORS_ORIGINS": f"http://localhost:{web},http://127.0.0.1:{web}",
        "PLAZA_ANALYTICS_URL": f"http://localhost:{ports['PLAZA_ANALYTICS_PORT']}",
        "PLAZA_REALTIME_URL": f"http://localhost:{ports['PLAZA_REALTIME_PORT']}",
    }
