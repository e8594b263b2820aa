"""Addresses that name a topic: the same socket, with the topic entered at once."""

from collections.abc import Callable

import pytest

from tests.factories import Person
from tests.web.realtime.conftest import Client, Connect
from tests.web.realtime.test_door import refused
from web.core.app import App
from web.core.ids import new_id
from web.messaging.service import MessagingService
from web.rooms.schemas import NewRoom
from web.rooms.service import RoomService


def a_conversation(app: App, who: Person, other: Person) -> str:
    """A conversation that is open to both."""
    with app.work() as services:
        return f"conversation:{services[MessagingService].start_direct(who.id, other.id, agreed=True)}"


def a_room(app: App, who: Person, other: Person) -> str:
    """A room that only the first is in."""
    with app.work() as services:
        return f"room:{services[RoomService].open(who.id, NewRoom.model_validate({'name': 'Busan'}))}"


PLACES = [("chat", a_conversation), ("open-chat", a_room)]
Make = Callable[[App, Person, Person], str]


def entered(client: Client) -> str:
    """The topic that a socket says it has entered, after the greeting."""
    assert client.read()["event"] == "connected"
    frame = client.read()
    assert frame["event"] == "subscribed", frame
    topic: str = frame["channel"]
    return topic


@pytest.mark.parametrize(("path", "make"), PLACES)
def test_the_topic_of_the_address_is_where_one_speaks(
    connect: Connect, app: App, mina: Person, joon: Person, path: str, make: Make
) -> None:
    topic = make(app, mina, joon)
    phone = connect(mina, f"/ws/{path}/{topic.partition(':')[2]}/")
    assert entered(phone) == topic
    answer = phone.ask("message", data={"client_id": str(new_id()), "body": "hello"})
    assert answer["ok"]["message"]["body"] == "hello"


@pytest.mark.parametrize(("path", "make"), PLACES)
def test_whoever_may_not_follow_it_is_refused_before_the_upgrade(
    connect: Connect, app: App, mina: Person, joon: Person, sora: Person, path: str, make: Make
) -> None:
    topic_id = make(app, mina, joon).partition(":")[2]
    assert refused(connect, sora, f"/ws/{path}/{topic_id}/") in (403, 404)
    assert refused(connect, None, f"/ws/{path}/{topic_id}/") == 401
    assert refused(connect, mina, f"/ws/{path}/{new_id()}/") == 404


def test_rooms_and_matches_have_no_address_without_their_id(connect: Connect, mina: Person) -> None:
    assert refused(connect, mina, "/ws/open-chat/") == 404  # while /ws/chat/ is the account, as in seed 000
    assert refused(connect, mina, "/ws/anonymous-chat/") == 404


def test_a_match_that_is_not_there_is_refused(connect: Connect, mina: Person) -> None:
    assert refused(connect, mina, f"/ws/anonymous-chat/{new_id()}/") == 404


def test_the_line_of_matching_is_ones_own(connect: Connect, mina: Person) -> None:
    assert entered(connect(mina, "/ws/matching/")) == f"matching:{mina.id}"
