"""Topics on sockets: who is let in, what they get, and that the topic hears who is gone."""

import contextlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import websocket

from tests.eventually import eventually
from tests.factories import Person
from tests.programs import Realtime
from tests.web.realtime.conftest import Client, Connect
from tests.web.realtime.stage import MOST, Stage
from web.core.app import App
from web.core.followers import Followers
from web.core.ids import new_id
from web.core.topics import Broadcast


@pytest.fixture
def topic_id() -> UUID:
    """A topic that nobody has used."""
    return new_id()


@pytest.fixture
def topic(topic_id: UUID) -> str:
    """Its name."""
    return f"stage:{topic_id}"


@pytest.fixture
def stage(app: App, topic_id: UUID) -> Stage:
    """What it keeps."""
    return Stage(app.valkey, topic_id)


@pytest.fixture
def enter(join: Connect, topic: str) -> Connect:
    """Opens a socket that follows the topic."""

    def enter(who: Person, last_seq: int | None = None, **options: Any) -> Client:
        client = join(who, **options)
        data = {} if last_seq is None else {"last_seq": last_seq}
        assert "ok" in client.ask("subscribe", channel=topic, data=data)
        return client

    return enter


Speak = Callable[..., None]


@pytest.fixture
def speak(app: App, topic: str, stage: Stage) -> Speak:
    """Says something on the topic from another process; ``lost`` what nobody hears."""

    def speak(text: str, lost: bool = False, **options: Any) -> None:
        seq = stage.keep(text)
        if not lost:
            with app.work() as services:
                services[Broadcast].publish(topic, "said", {"text": text}, seq=seq, **options)

    return speak


def said(client: Client) -> tuple[int, str]:
    """The next thing said, with its number."""
    frame = client.read()
    assert frame["event"] == "said", frame
    return frame["seq"], frame["data"]["text"]


def test_who_follows_a_topic_gets_what_is_said_on_it(
    enter: Connect, topic: str, mina: Person, joon: Person
) -> None:
    phone, other = enter(mina), enter(joon)
    assert other.ask("say", channel=topic, data={"text": "hello", "quietly": True}) == {"ok": {"seq": 1}}
    assert phone.read() == {"event": "said", "channel": topic, "seq": 1, "data": {"text": "hello"}}
    assert other.ask("ping") == {"ok": {}}  # and nothing came of its own words


def test_an_answer_of_enter_is_told_and_following_twice_is_following_once(
    enter: Connect, speak: Speak, topic: str, mina: Person
) -> None:
    speak("before")
    phone = enter(mina)
    assert phone.ask("subscribe", channel=topic) == {"ok": {"channel": topic, "seq": 1}}
    speak("after")
    assert said(phone) == (2, "after")
    assert phone.ask("ping") == {"ok": {}}


def test_who_is_not_let_in_gets_nothing(join: Connect, stage: Stage, topic: str, mina: Person) -> None:
    stage.close_to(mina.id)
    phone = join(mina)
    assert phone.ask("subscribe", channel=topic)["error"]["code"] == "FORBIDDEN"
    assert phone.ask("say", channel=topic, data={"text": "no"})["error"]["code"] == "NOT_SUBSCRIBED"
    assert stage.said() == []
    assert stage.left() == []


def test_frames_may_be_for_some_only_and_numbers_go_on_for_the_others(
    enter: Connect, speak: Speak, mina: Person, joon: Person
) -> None:
    phone, other = enter(mina), enter(joon)
    speak("for mina", only=[mina.id])
    speak("not for mina", hidden_from=[mina.id])
    speak("for all")
    assert [said(phone), said(phone)] == [(1, "for mina"), (3, "for all")]
    assert [said(other), said(other)] == [(2, "not for mina"), (3, "for all")]


def test_what_was_lost_is_read_again_before_what_comes_after_it(
    enter: Connect, speak: Speak, mina: Person
) -> None:
    phone = enter(mina)
    speak("one")
    speak("two", lost=True)
    speak("three", lost=True)
    speak("four")
    assert [said(phone) for _ in range(4)] == [(1, "one"), (2, "two"), (3, "three"), (4, "four")]


def test_one_comes_back_with_the_last_number_and_gets_the_rest(
    enter: Connect, speak: Speak, mina: Person
) -> None:
    for text in ("one", "two", "three"):
        speak(text)
    phone = enter(mina, last_seq=1)
    assert [said(phone), said(phone)] == [(2, "two"), (3, "three")]
    speak("four")
    assert said(phone) == (4, "four")


def test_who_missed_too_much_or_is_ahead_starts_over(
    enter: Connect, speak: Speak, topic: str, mina: Person
) -> None:
    for number in range(MOST + 2):
        speak(str(number))
    resync = {"event": "resync", "channel": topic, "seq": MOST + 2, "data": {}}
    for place in (1, 10_000):
        phone = enter(mina, last_seq=place)
        assert phone.read() == resync
    speak("next")
    assert said(phone) == (MOST + 3, "next")


def test_who_is_dismissed_is_out_on_every_socket(
    enter: Connect, speak: Speak, app: App, topic: str, stage: Stage, mina: Person, joon: Person
) -> None:
    sockets, other = [enter(mina), enter(mina)], enter(joon)
    with app.work() as services:
        services[Broadcast].dismiss(topic, mina.id, "kicked")
    for socket in sockets:
        assert socket.read() == {"event": "unsubscribed", "channel": topic, "data": {"reason": "kicked"}}
    speak("without her")
    assert said(other) == (1, "without her")
    assert sockets[0].ask("say", channel=topic, data={"text": "x"})["error"]["code"] == "NOT_SUBSCRIBED"
    eventually(lambda: stage.left() == [str(mina.id)])


def look_around(app: App) -> None:
    """What hubs do every half minute, they also do when they were cut off from Valkey."""
    app.valkey.client.client_kill_filter(_type="pubsub")


def test_who_may_not_follow_any_more_is_out(
    enter: Connect, app: App, topic: str, stage: Stage, mina: Person, joon: Person
) -> None:
    phone, other = enter(mina), enter(joon)
    stage.close_to(mina.id)
    look_around(app)
    reason = {"reason": "not_allowed"}
    assert phone.read() == {"event": "unsubscribed", "channel": topic, "data": reason}
    assert other.ask("ping") == {"ok": {}}
    eventually(lambda: Followers(app.valkey).of(topic) == {joon.id})


def test_what_was_lost_is_found_although_nothing_comes_after_it(
    enter: Connect, speak: Speak, app: App, mina: Person
) -> None:
    phone = enter(mina)
    speak("one")
    speak("two", lost=True)
    look_around(app)
    assert [said(phone), said(phone)] == [(1, "one"), (2, "two")]


def test_one_who_talks_without_end_keeps_nobody_waiting(enter: Connect, mina: Person, joon: Person) -> None:
    talker, other = enter(mina), enter(joon)
    talker.socket.sock.setblocking(False)
    frame = websocket.ABNF.create_frame('{"event": "ping"}', websocket.ABNF.OPCODE_TEXT).format()
    with contextlib.suppress(BlockingIOError):
        for _ in range(10_000):
            talker.socket.sock.send(frame * 100)
    assert other.ask("ping") == {"ok": {}}


def test_a_topic_hears_of_the_last_socket_only(
    enter: Connect, app: App, topic: str, stage: Stage, mina: Person
) -> None:
    followers = Followers(app.valkey)
    first, second = enter(mina), enter(mina)
    assert followers.of(topic) == {mina.id}
    assert first.ask("unsubscribe", channel=topic) == {"ok": {"channel": topic}}
    assert followers.follows(topic, mina.id)
    assert stage.left() == []
    second.socket.close()
    eventually(lambda: stage.left() == [str(mina.id)], 15)
    assert followers.counts([topic]) == {topic: 0}


def test_who_comes_back_in_time_was_never_gone(
    enter: Connect, topic: str, stage: Stage, mina: Person, joon: Person
) -> None:
    enter(mina).socket.close()
    phone = enter(mina)
    other = enter(joon)
    other.socket.close()  # somebody who leaves later: when that is told, her going would have been, too
    eventually(lambda: stage.left() == [str(joon.id)], 15)
    assert phone.ask("ping") == {"ok": {}}


def test_processes_share_topics_and_who_is_there(
    enter: Connect, second: Realtime, app: App, topic: str, stage: Stage, mina: Person, joon: Person
) -> None:
    here, there, other = enter(mina), enter(mina, at=second), enter(joon, at=second)
    other.send(event="say", channel=topic, data={"text": "hello"})
    assert said(here) == said(there) == (1, "hello")
    assert Followers(app.valkey).counts([topic]) == {topic: 2}
    here.ask("unsubscribe", channel=topic)
    there.ask("unsubscribe", channel=topic)
    eventually(lambda: stage.left() == [str(mina.id)])


def test_typing_is_shown_to_others_not_too_often_and_until_it_stops(
    enter: Connect, topic: str, mina: Person, joon: Person
) -> None:
    phone, laptop, other = enter(mina), enter(mina), enter(joon)
    for is_typing in (True, True, False):
        assert phone.ask("typing", channel=topic, data={"is_typing": is_typing}) == {"ok": {}}
    data = {"user_id": str(mina.id), "expires_in": 5}
    for is_typing in (True, False):
        expected = {"event": "typing", "channel": topic, "data": {**data, "is_typing": is_typing}}
        assert other.read() == expected
    assert laptop.ask("ping") == {"ok": {}}


def test_a_broken_handler_changes_nothing_and_the_socket_stays(
    enter: Connect, topic: str, mina: Person
) -> None:
    phone = enter(mina)
    assert phone.ask("stumble", channel=topic)["error"]["code"] == "INTERNAL"
    assert phone.ask("miss", channel=topic)["error"]["code"] == "UNAVAILABLE"
    assert phone.ask("sing", channel=topic)["error"]["code"] == "UNKNOWN_MESSAGE"
    assert phone.ask("ping") == {"ok": {}}


def test_topics_without_numbers_pass_frames_on(join: Connect, topic_id: UUID, mina: Person) -> None:
    phone = join(mina)
    channel = f"loose:{topic_id}"
    phone.ask("subscribe", channel=channel)
    phone.send(event="call", channel=channel, data={"a": 1})
    frames = [phone.read(), phone.read()]
    assert {"event": "called", "channel": channel, "data": {"a": 1}} in frames
    assert {"reply_to": None, "ok": {}} in frames


def test_who_asks_too_fast_is_told_so(join: Connect, mina: Person) -> None:
    phone = join(mina)
    for _ in range(300):
        phone.send(event="ping")
    answers = [phone.read() for _ in range(300)]
    assert answers[0] == {"reply_to": None, "ok": {}}
    assert answers[-1]["error"]["code"] == "RATE_LIMITED"
