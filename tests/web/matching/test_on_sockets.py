"""Two strangers on their sockets, and that nothing of what they say is left anywhere."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import ANY
from uuid import UUID, uuid4

import duckdb
import pytest
import sqlalchemy as sa

from pipelines.nightly.extract import extract
from pipelines.nightly.plan import NightConfig
from pipelines.nightly.runs import RunLog, the_only_night
from tests.eventually import eventually
from tests.factories import Person
from tests.programs import Realtime
from tests.web.conftest import Api
from tests.web.matching.conftest import enter, look
from tests.web.realtime.conftest import Client, Connect
from web.core.app import App
from web.core.events import Event
from web.core.settings import Settings
from web.matching.events import MatchEnded, MatchStarted
from web.matching.matches import Matches

WORDS = "the unmistakable words of a stranger"


@pytest.fixture
def waiting(app: App, connect: Connect, mina: Person) -> Client:
    """Mina waits, and is told on her socket."""
    client = connect(mina, "/ws/matching/")
    assert client.read()["event"] == "connected"
    subscribed = client.read()
    assert (subscribed["channel"], subscribed["data"]["status"]) == (f"matching:{mina.id}", "idle")
    enter(app, mina)
    return client


@pytest.fixture
def both(
    app: App, waiting: Client, connect: Connect, mina: Person, joon: Person
) -> tuple[str, Client, Client]:
    """The topic, and the sockets of the two on it."""
    enter(app, joon)
    found = waiting.read()
    assert found["event"] == "match.found"
    match_id = found["data"]["session_id"]
    clients = []
    for who, seat in ((mina, "a"), (joon, "b")):
        client = connect(who, f"/ws/anonymous-chat/{match_id}/")
        assert client.read()["event"] == "connected"
        assert client.read()["data"]["seat"] == seat
        clients.append(client)
    minas, joons = clients
    assert minas.read() == frame(f"match:{match_id}", "match.partner_joined", seat="b")
    return f"match:{match_id}", minas, joons


def frame(channel: str, event: str, **data: Any) -> dict[str, Any]:
    return {"event": event, "channel": channel, "data": data}


def test_the_line_is_told_on_the_socket(app: App, waiting: Client, mina: Person) -> None:
    look(app)
    assert waiting.read() == frame(f"matching:{mina.id}", "match.position", position=1, waiting=1)


def test_who_closes_everything_does_not_wait(app: App, api: Api, waiting: Client, mina: Person) -> None:
    assert api.get("/matching/queue", mina)["status"] == "waiting"
    waiting.socket.close()
    eventually(lambda: api.get("/matching/queue", mina)["status"] == "idle")


def test_they_talk(both: tuple[str, Client, Client]) -> None:
    topic, minas, joons = both
    said = joons.ask("message", data={"body": "hello", "client_id": "1"})["ok"]
    assert said["delivered"]
    assert minas.read() == frame(topic, "message.new", **said["message"])
    assert minas.ask("typing") == {"ok": {}}
    typing = joons.read()
    assert (typing["event"], typing["data"]["seat"]) == ("typing", "a")
    joons.ask("signal", data={"type": "offer", "sdp": "v=0\r\n"})
    assert minas.read() == frame(topic, "signal", seat="b", type="offer", sdp="v=0\r\n")
    refused = joons.ask("message", data={"body": ""})["error"]
    assert (refused["code"], refused["details"]["fields"][0]["field"]) == ("VALIDATION_FAILED", "body")
    direct = {"candidate": "candidate:1 1 udp 1 192.168.0.2 5000 typ host"}
    assert (
        joons.ask("signal", data={"type": "ice", "candidate": direct})["error"]["code"]
        == "DIRECT_CALL_REFUSED"
    )
    assert minas.ask("ping") == {"ok": {}}


def test_others_cannot_come_in(
    app: App, join: Connect, both: tuple[str, Client, Client], sora: Person, mina: Person
) -> None:
    stranger = join(sora)
    for topic in (both[0], f"matching:{mina.id}"):
        assert stranger.ask("subscribe", channel=topic)["error"]["code"] == "NOT_FOUND"


def test_one_is_gone_and_comes_back_and_then_both_are_gone(
    connect: Connect,
    both: tuple[str, Client, Client],
    emitted: Callable[..., list[Event]],
    mina: Person,
    joon: Person,
) -> None:
    topic, minas, joons = both
    joons.socket.close()
    assert minas.read() == frame(topic, "match.partner_left", seat="b", reason="disconnected")
    again = connect(joon, f"/ws/anonymous-chat/{topic.removeprefix('match:')}/")
    assert minas.read() == frame(topic, "match.partner_joined", seat="b")
    again.socket.close()
    minas.socket.close()
    eventually(lambda: [type(event) for event in emitted()] == [MatchStarted, MatchEnded])


def test_who_is_left_is_shown_out(api: Api, both: tuple[str, Client, Client], joon: Person) -> None:
    topic, minas, joons = both
    api.post(f"/matching/{topic.removeprefix('match:')}/skip", None, joon, status=200)
    for client in (minas, joons):
        assert client.read() == frame(topic, "match.ended", reason="left")
        assert client.read() == frame(topic, "unsubscribed", reason="over")
    assert minas.ask("message", data={"body": "wait"})["error"]["code"] == "NOT_SUBSCRIBED"


def keys_and_values(app: App) -> Iterator[bytes]:
    """All that this Valkey has, whatever its kind."""
    client = app.valkey.client
    for key in client.scan_iter():
        yield key
        yield client.dump(key) or b""


def persisted(app: App) -> Iterator[bytes]:
    """What Valkey writes to its disk."""
    client = app.valkey.client
    assert client.save()
    folder = Path(client.config_get("dir")["dir"])
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".rdb" for path in files)
    for path in files:
        yield path.read_bytes()


def rows(engine: sa.Engine) -> Iterator[bytes]:
    """Every row of every table, as text; statistics and settings of the server, too."""
    names = sa.text(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(relname) FROM pg_stat_user_tables"
        " UNION ALL SELECT 'pg_stat_activity'"
    )
    with engine.connect() as connection:
        for name in connection.scalars(names).all():
            for row in connection.scalars(sa.text(f"SELECT t::text FROM {name} AS t")):  # noqa: S608
                yield row.encode()


def keys_of(engine: sa.Engine) -> list[str]:
    """The pseudonyms of all members."""
    with engine.connect() as connection:
        return list(connection.scalars(sa.text("SELECT member_key::text FROM member_keys")))


@pytest.fixture
def lake_rows(
    environment: dict[str, str], owner_engine: sa.Engine, tmp_path: Path
) -> Iterator[Callable[[], list[bytes]]]:
    """Every row that a night brings into its lake now."""
    url = environment["PLAZA_PIPELINE_DATABASE_URL"]

    def lake_rows() -> list[bytes]:
        folder = tmp_path / uuid4().hex
        config = NightConfig(url, folder / "lake", folder / "warehouse.duckdb", folder / "dbt")
        with the_only_night(url) as connection:
            log = RunLog(
                connection, as_of=date(2026, 1, 1), days=None, redact=config.redact, on_step=lambda _: None
            )
            extract(config, log, as_of=None, days=None)
        with duckdb.connect() as duck:
            return [
                repr(row).encode()
                for file in config.lake.rglob("*.parquet")
                for row in duck.execute("FROM read_parquet(?)", [str(file)]).fetchall()
            ]

    yield lake_rows
    with owner_engine.begin() as connection:
        for table in ("extract_state", "run_steps", "runs"):
            connection.execute(sa.text(f"DELETE FROM analytics.{table}"))  # noqa: S608


def test_nothing_of_it_is_left_anywhere(
    app: App,
    api: Api,
    settings: Settings,
    owner_engine: sa.Engine,
    realtime: Realtime,  # the fixture
    both: tuple[str, Client, Client],
    emitted: Callable[..., list[Event]],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    lake_rows: Callable[[], list[bytes]],
    mina: Person,
    joon: Person,
) -> None:
    topic, minas, joons = both
    match_id = topic.removeprefix("match:")
    for speaker, listener in ((minas, joons), (joons, minas)):
        speaker.ask("message", data={"body": WORDS})
        assert listener.read()["data"]["body"] == WORDS
        speaker.ask(
            "message", data={"body": WORDS, "to": WORDS}
        )  # an error must not be logged with it either

    def left() -> Iterator[tuple[str, bytes]]:
        yield from (("database", row) for row in rows(owner_engine))
        yield from (("Valkey", value) for value in keys_and_values(app))
        yield from (("Valkey's disk", file) for file in persisted(app))
        yield "Valkey's slow log", repr(app.valkey.client.slowlog_get(1000)).encode()
        yield "log of the socket process", realtime.log.read_bytes()
        yield "log", (caplog.text + "".join(capfd.readouterr())).encode()
        yield from (("lake", row) for row in lake_rows())
        yield from (("files", path.read_bytes()) for path in Path(settings.var).rglob("*") if path.is_file())

    assert {place for place, value in left() if WORDS.encode() in value} == set()
    api.post(f"/matching/{match_id}/skip", None, mina, status=200)
    assert {place for place, value in left() if WORDS.encode() in value} == set()
    assert "/matching/*/skip" in caplog.text
    assert match_id not in caplog.text
    # And the database, which the night reads, does not know who met whom.
    assert [event.data() for event in emitted()] == [
        {"nobody": None},
        {"nobody": None, "seconds": ANY, "reason": "skipped", "revealed": False},
    ]
    assert [row for row in rows(owner_engine) if match_id.encode() in row] == []
    in_the_lake = [row for row in lake_rows() if b"'match_" in row]
    assert len(in_the_lake) == 2
    for mark in (match_id, *keys_of(owner_engine)):
        assert [row for row in in_the_lake if mark.encode() in row] == []


def test_the_search_would_find_it(app: App, owner_engine: sa.Engine, api: Api, mina: Person) -> None:
    api.post("/posts", {"body": WORDS}, mina)
    app.valkey.client.set(app.valkey.key("note"), WORDS)
    assert any(WORDS.encode() in row for row in rows(owner_engine))
    assert any(WORDS.encode() in value for value in keys_and_values(app))
    assert any(WORDS.encode() in file for file in persisted(app))


def test_a_match_is_forgotten_when_its_time_is_over(app: App, both: tuple[str, Client, Client]) -> None:
    match_id = UUID(both[0].removeprefix("match:"))
    with app.reading() as services:
        key = services[Matches].key(match_id)
    assert 0 < app.valkey.client.ttl(key) <= 3600
