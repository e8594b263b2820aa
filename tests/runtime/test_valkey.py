import signal
import stat
from pathlib import Path

import pytest
import redis

from web.runtime import processes
from web.runtime.errors import StartupError
from web.runtime.ports import pick_free_port
from web.runtime.valkey import EmbeddedValkey, wait_for_valkey


def test_runs_with_a_password_and_without_files(var: Path, password: str) -> None:
    folder = var / 'with "quotes" and spaces'
    server = EmbeddedValkey(folder)
    port = pick_free_port()
    server.prepare(port, password)
    process = server.start(var / "log")
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    wait_for_valkey(url)
    with redis.Redis.from_url(url) as client:
        client.set("key", "value")
    with pytest.raises(StartupError, match="refuses the password"):
        wait_for_valkey(f"redis://:wrong@127.0.0.1:{port}/0")
    processes.stop(process, signal.SIGTERM)
    assert process.returncode == 0
    assert [file.name for file in folder.iterdir()] == ["valkey.conf"]
    assert stat.S_IMODE(server.config.stat().st_mode) == 0o600
    assert all(password not in argument for argument in server.command())


def test_says_when_nothing_answers() -> None:
    with pytest.raises(StartupError, match="does not answer"):
        wait_for_valkey(f"redis://127.0.0.1:{pick_free_port()}/0", seconds=0)
