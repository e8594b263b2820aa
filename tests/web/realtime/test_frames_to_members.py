"""What happens reaches the sockets of those whom it concerns."""

from collections.abc import Callable

from pipelines.relay import Relay
from tests.factories import Person
from tests.web.realtime.conftest import Connect

Follow = Callable[[Person, Person], None]


def test_a_member_is_greeted_with_where_they_are(connect: Connect, mina: Person) -> None:
    assert connect(mina).read() == {
        "event": "connected",
        "channel": f"user:{mina.id}",
        "seq": 0,
        "data": {"user_id": str(mina.id), "unread_notifications": 0, "unread_conversations": 0},
    }


def test_a_follow_is_told_to_every_socket_of_the_followed(
    join: Connect, relay: Relay, follow: Follow, mina: Person, joon: Person
) -> None:
    phone, laptop, other = join(mina), join(mina), join(joon)
    follow(joon, mina)
    for client in (phone, laptop):
        frame = client.read()
        assert frame["event"] == "user_followed"
        assert frame["channel"] == f"user:{mina.id}"
        assert frame["seq"] == 1
        assert frame["data"]["follower_name"] == "Joon"
    follow(mina, joon)
    assert other.read()["data"]["follower_id"] == str(mina.id)
