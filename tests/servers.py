"""The database server and the Valkey of one test run, started from nothing and gone afterwards."""

import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from web.runtime import processes
from web.runtime.bootstrap import ROLE_VARIABLES
from web.runtime.ports import pick_free_port
from web.runtime.postgres import ADMIN, EmbeddedPostgres, wait_for_postgres
from web.runtime.valkey import EmbeddedValkey, wait_for_valkey


@dataclass(frozen=True)
class TestServers:
    """Where the servers of this run are; plain strings, so that it travels to test workers.

    Attributes:
        admin_url: superuser on database `postgres`.
        valkey_url: database 0.
        password: of all four roles of Plaza.
    """

    __test__ = False  # not a test class, despite its name

    admin_url: str
    valkey_url: str
    password: str

    def role_urls(self, database: str) -> dict[str, str]:
        """Role name → URL on `database`, as `bootstrap` takes them."""
        server = urlsplit(self.admin_url)
        return {
            role: f"postgresql://{role}:{self.password}@{server.hostname}:{server.port}/{database}"
            for role in ROLE_VARIABLES
        }

    def environment(self, database: str) -> dict[str, str]:
        """The PLAZA_* variables that point at these servers."""
        urls = {ROLE_VARIABLES[role]: url for role, url in self.role_urls(database).items()}
        return urls | {"PLAZA_ADMIN_DATABASE_URL": self.admin_url, "PLAZA_VALKEY_URL": self.valkey_url}


@contextmanager
def start_test_servers() -> Iterator[TestServers]:
    """Start both on free ports in a temporary folder; stop and delete them at the end."""
    password = secrets.token_hex(16)
    with ExitStack() as cleanup:
        folder = Path(tempfile.mkdtemp(prefix="plaza-test-"))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)  # the account that runs PostgreSQL for root has to pass through

        postgres = EmbeddedPostgres(folder / "postgres", durable=False)
        cleanup.callback(postgres.remove)
        postgres.prepare(password)
        postgres_port = pick_free_port()
        server = postgres.start(postgres_port, folder / "postgres.log")
        cleanup.callback(processes.stop, server, signal.SIGINT)

        valkey = EmbeddedValkey(folder / "valkey")
        valkey_port = pick_free_port()
        valkey.prepare(valkey_port, password)
        cache = valkey.start(folder / "valkey.log")
        cleanup.callback(processes.stop, cache, signal.SIGTERM)

        servers = TestServers(
            admin_url=f"postgresql://{ADMIN}:{password}@127.0.0.1:{postgres_port}/postgres",
            valkey_url=f"redis://:{password}@127.0.0.1:{valkey_port}/0",
            password=password,
        )
        wait_for_postgres(servers.admin_url)
        wait_for_valkey(servers.valkey_url)
        yield servers
