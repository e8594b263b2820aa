"""A sealed message reaches a device over its socket, sealed."""

from pipelines.relay import Relay
from tests.factories import Person
from tests.web.conftest import Api
from tests.web.keys.clients import device_of, exchange
from tests.web.realtime.conftest import Connect


def test_a_sealed_message_is_opened_where_it_arrives(
    api: Api, join: Connect, relay: Relay, mina: Person, joon: Person
) -> None:
    minas, joons = device_of(api, mina), device_of(api, joon)
    exchange(minas, joons)
    laptop = join(joon)
    minas.send("under the bridge at noon", joon.id)
    while (frame := laptop.read())["event"] != "secret.new":
        assert frame["event"].startswith(("keys.", "notification."))
    [copy] = frame["data"]["copies"]
    assert joons.open(frame["data"], copy) == "under the bridge at noon"
    assert "under the bridge" not in str(frame)
