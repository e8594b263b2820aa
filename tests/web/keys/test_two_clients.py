"""A browser's client and a Python client talk to each other, and the server cannot read along."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import sqlalchemy as sa

from tests.factories import Person
from tests.npm import npm_install
from tests.web.conftest import Api
from tests.web.keys.clients import Device, agree, ask, device_of, prove
from web.core.app import App
from web.core.job_runner import JobRunner
from web.runtime.layout import ROOT

TEXTS = ("만나서 반가워요, 이건 비밀이에요", "the umbrella is under the bridge 🌂", "naïve café, at 23:59")
PHRASE = "seven quiet otters cross the frozen lake"


class Server(ThreadingMixIn, WSGIServer):
    """Serves the app over real HTTP, each request in a thread."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Prints nothing."""

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def address(wsgi: Any, app: App) -> Iterator[str]:
    """Where the API is served."""
    with make_server("127.0.0.1", 0, wsgi, Server, Quiet) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The browser's client with tweetnacl from npm beside it."""
    folder = tmp_path_factory.mktemp("browser")
    npm_install(folder, "tweetnacl@1.0.3")
    shutil.copy(Path(__file__).with_name("client.mjs"), folder)
    shutil.copy(ROOT / "web/static/js/sealed.js", folder / "sealed.mjs")
    return folder


class BrowserClient:
    """A member's browser."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self, deed: str, **details: Any) -> Any:
        """Let it do something; what came of it."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"deed": deed, **details}), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, "the client has ended"
        return json.loads(answer)


Browse = Callable[[Person], BrowserClient]


@pytest.fixture
def browse(address: str, browser_folder: Path) -> Iterator[Browse]:
    """Opens browsers."""
    with ExitStack() as opened:

        def browse(who: Person) -> BrowserClient:
            facts = {
                "address": address,
                "authorization": who.headers["Authorization"],
                "id": str(who.id),
            }
            process = subprocess.Popen(
                ["node", "client.mjs", json.dumps(facts)],
                cwd=browser_folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            opened.enter_context(process)
            opened.callback(process.kill)
            client = BrowserClient(process)
            assert "failed" not in client("register")
            return client

        yield browse


def dump(engine: sa.Engine) -> bytes:
    """Every row of every table, sequences and large objects aside: what whoever steals the database has."""
    with engine.connect() as connection:
        tables = connection.scalars(
            sa.text(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            )
        ).all()
        driver = connection.connection.driver_connection
        assert driver is not None
        found = []
        with driver.cursor() as cursor:
            for table in tables:
                # Binary, so that no bytes hide behind an escape.
                with cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary)") as rows:  # noqa: S608
                    found += [bytes(row) for row in rows]
    return b"".join(found)


def test_a_browser_and_a_python_client_talk_to_each_other(
    app: App, api: Api, browse: Browse, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    browser, device = browse(mina), device_of(api, joon)
    asked = browser("ask", member=str(joon.id))
    assert agree(device, asked)["status"] == "completed"
    for text in TEXTS:
        browser("send", member=str(joon.id), text=text)
        device.send(text[::-1], mina.id)
    assert device.read(mina) == list(TEXTS)
    assert browser("read", member=str(joon.id)) == [text[::-1] for text in TEXTS]
    JobRunner(app, "relay").run_due()  # frames and inboxes are in the dump, too
    stolen = dump(owner_engine)
    assert device.id.bytes in stolen  # the dump would show it
    for text in TEXTS:
        for said in (text, text[::-1]):
            for part in (said, *said.split()):
                assert len(part) < 6 or part.encode() not in stolen, part


def test_they_agree_on_the_safety_number(
    app: App, api: Api, browse: Browse, mina: Person, joon: Person
) -> None:
    browser, device = browse(mina), device_of(api, joon)
    tablet = device_of(api, joon, app)
    number = browser("safety", member=str(joon.id))
    assert number == api.get(f"/keys/{mina.id}/safety-number", joon)["number"]
    tablet.rotate()
    device.rotate()
    changed = browser("safety", member=str(joon.id))
    assert changed == api.get(f"/keys/{mina.id}/safety-number", joon)["number"] != number


def test_both_open_what_was_sealed_before_they_rotated(
    app: App, api: Api, browse: Browse, mina: Person, joon: Person
) -> None:
    browser, device = browse(mina), device_of(api, joon, app)
    prove(app, mina)
    asked = ask(device, mina)
    assert browser("agree", exchange=asked["id"])["status"] == "completed"
    for round_ in range(2):
        browser("send", member=str(joon.id), text=f"from the browser {round_}")
        device.send(f"from Python {round_}", mina.id)
        browser("rotate")
        device.rotate()
    assert device.read(mina) == ["from the browser 0", "from the browser 1"]
    assert browser("read", member=str(joon.id)) == ["from Python 0", "from Python 1"]


def test_what_was_changed_on_its_way_is_not_opened(
    api: Api, browse: Browse, mina: Person, joon: Person
) -> None:
    browser, device = browse(mina), device_of(api, joon)
    browser("agree", exchange=ask(device, mina)["id"])
    device.send("hello", mina.id)
    [item] = api.get(f"/keys/{mina.id}", joon)["devices"]
    page = f"/secret-messages?peer={joon.id}&device_id={item['device_id']}"
    [message] = api.get(page, mina)["items"]
    assert browser("tamper", copy=message["sealed"], sender=message["sender_public_key"]) is None


def test_a_browser_that_lost_its_keys_gets_them_back_with_the_phrase(
    app: App, api: Api, browse: Browse, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    browser, device = browse(mina), device_of(api, joon)
    browser("agree", exchange=ask(device, mina)["id"])
    device.send("before the loss", mina.id)
    prove(app, mina)
    browser("rotate")
    browser("backUp", phrase=PHRASE)
    [own] = api.get("/keys/me", mina)["devices"]
    browser("forget")
    assert browser("read", member=str(joon.id)) == [None]
    assert browser("restore", phrase="another phrase") is None
    assert browser("restore", phrase=PHRASE) == own["public_key"]
    assert browser("read", member=str(joon.id)) == ["before the loss"]
    assert PHRASE.encode() not in dump(owner_engine)


def test_the_dump_would_show_a_text_that_is_not_sealed(
    api: Api, joon: Person, owner_engine: sa.Engine
) -> None:
    """Guards the test above."""
    device_of(api, joon, name=TEXTS[0])
    Device(api, joon)
    assert TEXTS[0].encode() in dump(owner_engine)
