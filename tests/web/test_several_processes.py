"""Two web processes over one database: none of them knows, or forgets, what the other does not."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from tests.eventually import eventually
from tests.factories import Person
from tests.programs import Web
from web.accounts.service import AccountService
from web.accounts.sessions.directory import SessionCache
from web.content.models import Content
from web.core.app import App
from web.core.security import SessionDirectory
from web.core.settings import Settings
from web.features import build_app
from web.runtime import processes
from web.runtime.layout import ROOT, Layout
from web.runtime.nginx import Nginx
from web.runtime.ports import is_free, pick_free_port

REVOKED_WITHIN = 5.0  # seconds, in every process
BODY = {"body": "Once is enough."}


@pytest.fixture(scope="module")
def webs(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Web]]:
    """Two web processes."""
    limits = {f"PLAZA_LIMIT_{kind}": "1000/minute" for kind in ("AUTH", "READS", "WRITES")}
    with ExitStack() as ending:
        started = []
        for _ in range(2):
            program = Web({**environment, **limits}, tmp_path_factory.mktemp("web"))
            program.start()
            ending.callback(program.stop)
            started.append(program)
        yield started


@pytest.fixture
def front(webs: list[Web], tmp_path: Path) -> Iterator[str]:
    """The address of an nginx in front of both."""
    layout = Layout(ROOT, tmp_path / "front")
    layout.make()
    nginx = Nginx.find(layout)
    if nginx is None:
        pytest.skip("nginx is not installed")
    port = pick_free_port()
    ports = {f"PLAZA_{kind}_PORT": "1" for kind in ("WEB", "REALTIME", "ANALYTICS")}
    servers = " ".join(f"server 127.0.0.1:{web.port} fail_timeout=2s;" for web in webs)
    nginx.prepare(ports | {"PLAZA_FRONT_PORT": str(port), "PLAZA_WEB_SERVERS": servers})
    process = processes.spawn(nginx.command(), log=layout.log / "nginx.log")
    eventually(lambda: not is_free(port))
    yield f"http://127.0.0.1:{port}"
    processes.stop(process, signal.SIGTERM)


def ask(method: str, address: str, who: Person, json: Any = None, **headers: str) -> httpx.Response:
    """A request straight to a process."""
    asked = {**who.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return httpx.request(method, address, headers=asked, json=json, trust_env=False, timeout=20)


def posts(app: App) -> int:
    with app.engines.reads.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(Content)) or 0


def test_a_key_sent_to_both_makes_one_post(app: App, webs: list[Web], mina: Person) -> None:
    key = str(uuid4())
    answers = [ask("POST", f"{web.url}/api/v1/posts", mina, BODY, Idempotency_Key=key) for web in webs]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert posts(app) == 1


def test_requests_are_counted_together(webs: list[Web], mina: Person) -> None:
    left = [
        int(ask("GET", f"{web.url}/api/v1/users/me", mina).headers["RateLimit-Remaining"])
        for web in (*webs, *webs)
    ]
    assert left == list(range(left[0], left[0] - 4, -1))


def test_who_logs_out_at_one_is_out_at_the_other(webs: list[Web], mina: Person) -> None:
    here, there = webs
    assert ask("GET", f"{there.url}/api/v1/users/me", mina).status_code == 200
    assert ask("POST", f"{here.url}/api/v1/auth/logout", mina).status_code == 204
    eventually(
        lambda: ask("GET", f"{there.url}/api/v1/users/me", mina).status_code == 401, seconds=REVOKED_WITHIN
    )


def test_what_one_process_noted_of_a_session_goes_when_another_changes_it(
    app: App, settings: Settings, mina: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SessionCache, "SECONDS", 3600.0)  # a note would not go by itself
    other = build_app(settings)
    other.news.listen()

    def language() -> str | None:
        with other.reading() as services:
            facts = services[SessionDirectory].find(mina.session_id)
        return facts.locale if facts else None

    before, after = ("en", "ko") if language() == "en" else (language(), "en")
    channel = app.valkey.key("news")
    eventually(lambda: app.valkey.client.pubsub_numsub(channel)[0][1])
    with app.work() as services:
        services[AccountService].set_locale(mina.id, after)
        assert language() == before, "nothing is told before the commit"
    eventually(lambda: language() == after)
    other.close()


def test_the_front_asks_both(webs: list[Web], front: str, mina: Person) -> None:
    def answered() -> list[float]:
        return [web.metric("plaza_request_seconds_count") for web in webs]

    before = answered()
    with httpx.Client(headers=mina.headers, trust_env=False) as client:
        for _ in range(10):
            assert client.get(f"{front}/api/v1/users/me").status_code == 200
    assert all(now - then > 1 for now, then in zip(answered(), before, strict=True))


def test_a_restart_of_one_loses_no_request_and_does_none_twice(
    app: App, webs: list[Web], front: str, mina: Person
) -> None:
    over = Event()

    def share() -> list[int]:
        codes = []
        with httpx.Client(headers=mina.headers, trust_env=False, timeout=20) as client:
            while not over.is_set():
                codes.append(client.post(f"{front}/api/v1/posts", json=BODY).status_code)
        return codes

    with ThreadPoolExecutor(2) as pool:
        sharing = [pool.submit(share) for _ in range(2)]
        try:
            eventually(lambda: posts(app))
            assert webs[0].stop() == 0, webs[0].log.read_text()
            webs[0].start()
        finally:
            over.set()
        codes = [code for each in sharing for code in each.result()]
    assert set(codes) == {201}
    assert posts(app) == len(codes)
