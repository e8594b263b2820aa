"""Who came by: counted per visitor and day, without being able to follow anybody."""

from typing import Any

import pytest
import sqlalchemy as sa
import webtest

from web.core.app import App
from web.core.models import Visit
from web.core.visits import VisitCounter, device_class

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"


@pytest.fixture
def counter(wsgi: Any, app: App) -> VisitCounter:
    """The app's counter, emptied."""
    counter: VisitCounter = wsgi.registry.visits
    counter.flush()
    with app.engines.writes.begin() as connection:
        connection.execute(sa.delete(Visit))
    return counter


def visits(app: App) -> list[Any]:
    with app.engines.reads.connect() as connection:
        return list(connection.execute(sa.select(Visit).order_by(Visit.device)))


def test_pages_are_counted_per_visitor_and_device(
    counter: VisitCounter, browser: webtest.TestApp, app: App
) -> None:
    for agent in (PHONE, PHONE, "Mozilla/5.0 (X11; Linux x86_64)"):
        browser.get("/api/v1/docs", headers={"User-Agent": agent, "Accept": "text/html"})
    counter.flush()
    rows = visits(app)
    assert [(row.device, row.pages, row.is_member) for row in rows] == [
        ("desktop", 1, False),
        ("mobile", 2, False),
    ]
    assert rows[0].visitor != rows[1].visitor


def test_a_second_batch_adds_to_the_first(counter: VisitCounter, browser: webtest.TestApp, app: App) -> None:
    for _ in range(2):
        browser.get("/api/v1/docs", headers={"Accept": "text/html"})
        counter.flush()
    assert [row.pages for row in visits(app)] == [2]


def test_what_is_no_page_is_not_counted(counter: VisitCounter, browser: webtest.TestApp, app: App) -> None:
    browser.get("/healthz")
    browser.get("/api/v1/posts?ids=x", status=422)
    browser.get("/no/such/page", headers={"Accept": "text/html"}, status=404)
    counter.flush()
    assert visits(app) == []


def test_a_visitor_is_not_stored_as_an_address(
    counter: VisitCounter, browser: webtest.TestApp, app: App
) -> None:
    browser.get("/api/v1/docs", extra_environ={"REMOTE_ADDR": "203.0.113.7"})
    counter.flush()
    assert "203.0.113.7" not in str(visits(app))


def test_what_cannot_be_written_is_kept_for_the_next_time(
    counter: VisitCounter, browser: webtest.TestApp, app: App, owner_engine: sa.Engine
) -> None:
    browser.get("/api/v1/docs")
    with owner_engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE visits RENAME TO visits_away"))
    counter.flush()
    with owner_engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE visits_away RENAME TO visits"))
    counter.flush()
    assert [row.pages for row in visits(app)] == [1]


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Googlebot/2.1", "bot"),
        (PHONE, "mobile"),
        ("Mozilla/5.0 (Linux; Android 15)", "mobile"),
        ("", "desktop"),
    ],
)
def test_devices_are_told_apart_roughly(agent: str, device: str) -> None:
    assert device_class(agent) == device
