"""The process as it is started in production: the documented command, configured by the environment alone."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from analytics_api import main
from tests.analytics_api.conftest import PREFIX, KeyServer, Tokens, bearer
from tests.eventually import eventually
from web.runtime.ports import pick_free_port


def documented_command(port: int) -> list[str]:
    """The command of the docstring, on another port."""
    found = re.search(r"^    uvicorn (.*)$", main.__doc__ or "", re.MULTILINE)
    assert found
    return [sys.executable, "-m", "uvicorn", *found[1].replace("8001", str(port)).split()]


def answers(address: str) -> bool:
    """Whether somebody is ready there."""
    try:
        return httpx.get(f"{address}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_the_documented_command_serves_and_stops(
    tmp_path: Path, urls: dict[str, str], shared_key_server: KeyServer, tokens: Tokens
) -> None:
    port = pick_free_port()
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | urls | {"PLAZA_ENV": "production", "PLAZA_JWKS_URL": shared_key_server.url}
    log_file = tmp_path / "log"
    with log_file.open("w") as log:
        process = subprocess.Popen(documented_command(port), env=environment, stderr=log)
    try:
        eventually(lambda: answers(address) or process.poll() is not None, seconds=30)
        token = tokens.make("dashboard")
        answer = httpx.get(
            f"{address}{PREFIX}/daily-users?start=2026-01-01&end=2026-01-02",
            headers=bearer(token) | {"X-Request-Id": "as-asked"},
        )
        assert answer.status_code == 200
        assert "server" not in answer.headers
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)

    lines = [json.loads(line) for line in log_file.read_text().splitlines()]
    (asked,) = (line for line in lines if line.get("request_id") == "as-asked")
    assert (asked["event"], asked["method"], asked["status"]) == ("request", "GET", 200)
    assert asked["route"] == asked["path"] == f"{PREFIX}/daily-users"
    assert token not in log_file.read_text()


@pytest.mark.parametrize("missing", ["PLAZA_READER_DATABASE_URL"])
def test_a_missing_setting_is_named_at_boot(tmp_path: Path, missing: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLAZA_")}
    process = subprocess.run(
        documented_command(pick_free_port()),
        env=environment | {"PLAZA_ENV": "production", "PLAZA_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode != 0
    assert f"{missing} is not set" in process.stderr
