"""Fixtures of the members' app: an API client, people, and what was emitted."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import webtest

from tests.factories import Person, make_person
from web.accounts.sessions.directory import SessionCache
from web.core.app import App
from web.core.events import EVENTS, Event
from web.core.job_runner import JobRunner
from web.core.models import EventRow
from web.main import make_wsgi_app


@pytest.fixture(scope="session")
def wsgi(shared_app: App) -> Any:
    """The WSGI application of this worker."""
    return make_wsgi_app(shared_app)


@pytest.fixture
def browser(wsgi: Any, app: App) -> webtest.TestApp:
    """A browser without cookies yet."""
    app.value(SessionCache).clear()
    return webtest.TestApp(wsgi)


class Api:
    """Calls the JSON API as somebody, or as nobody."""

    def __init__(self, wsgi: Any) -> None:
        self._wsgi = wsgi

    def call(
        self,
        method: str,
        path: str,
        who: Person | None = None,
        json: Any = None,
        status: int | str = "*",
        headers: dict[str, str] | None = None,
    ) -> webtest.TestResponse:
        """One request to ``/api/v1`` + path; the response has ``.json``."""
        client = webtest.TestApp(self._wsgi)
        sent = {**(who.headers if who else {}), **(headers or {})}
        address = f"/api/v1{path}"
        if json is None:
            return client.request(address, method=method, headers=sent, status=status)
        call = getattr(client, f"{method.lower()}_json")
        return call(address, json, headers=sent, status=status)

    def get(self, path: str, who: Person | None = None, status: int = 200, **options: Any) -> Any:
        """The JSON of a GET that must have this status."""
        return self.call("GET", path, who, status=status, **options).json

    def post(
        self, path: str, json: Any = None, who: Person | None = None, status: int = 201, **options: Any
    ) -> Any:
        """The JSON of a POST that must have this status; None for an empty answer."""
        response = self.call("POST", path, who, json, status=status, **options)
        return response.json if response.body else None

    def put(self, path: str, who: Person | None = None, status: int = 200, **options: Any) -> Any:
        """The JSON of a PUT that must have this status; None for an empty answer."""
        response = self.call("PUT", path, who, status=status, **options)
        return response.json if response.body else None

    def delete(self, path: str, who: Person | None = None, status: int = 204, **options: Any) -> Any:
        """The JSON of a DELETE that must have this status; None for an empty answer."""
        response = self.call("DELETE", path, who, status=status, **options)
        return response.json if response.body else None

    def every_page(self, path: str, who: Person | None = None, limit: int = 2) -> list[Any]:
        """All items of a list, page by page."""
        separator = "&" if "?" in path else "?"
        items: list[Any] = []
        cursor = ""
        while True:
            page = self.get(f"{path}{separator}limit={limit}{cursor}", who)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = f"&cursor={page['next_cursor']}"


@pytest.fixture
def api(wsgi: Any, app: App) -> Api:
    """The JSON API over empty tables."""
    app.value(SessionCache).clear()
    return Api(wsgi)


@pytest.fixture
def mina(app: App) -> Person:
    """A member."""
    return make_person(app, "mina", zone="Asia/Seoul", locale="ko")


@pytest.fixture
def joon(app: App) -> Person:
    """Another member."""
    return make_person(app, "joon", zone="America/New_York", locale="en")


@pytest.fixture
def sora(app: App) -> Person:
    """A third member."""
    return make_person(app, "sora")


@pytest.fixture
def admin(app: App) -> Person:
    """An administrator."""
    return make_person(app, "admin", is_admin=True)


@pytest.fixture
def emitted(app: App, owner_engine: sa.Engine) -> Callable[..., list[Event]]:
    """The events in the log, oldest first, those of signing up and in left out unless asked for."""

    def events(*, with_accounts: bool = False) -> list[Event]:
        with owner_engine.connect() as connection:
            rows = connection.execute(
                sa.select(EventRow.name, EventRow.data).order_by(EventRow.recorded_at, EventRow.id)
            ).all()
        skipped = () if with_accounts else ("member_joined", "member_logged_in")
        return [EVENTS[row.name].from_data(row.data) for row in rows if row.name not in skipped]

    return events


@pytest.fixture
def run_jobs(app: App) -> Callable[[], int]:
    """Runs what is due in the default queue, and says how many jobs that were."""
    return JobRunner(app, "default").run_due


@pytest.fixture
def statements(app: App) -> Iterator[Callable[[], list[str]]]:
    """The SQL that the app has sent since the test began."""
    sent: list[str] = []

    def note(connection: sa.Connection, cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    engines = (app.engines.reads, app.engines.writes)
    for engine in engines:
        sa.event.listen(engine, "after_cursor_execute", note)
    yield lambda: list(sent)
    for engine in engines:
        sa.event.remove(engine, "after_cursor_execute", note)
