"""What coturn makes of the credentials that browsers get, under the configuration of the README."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.eventually import eventually
from tests.turn import FORBIDDEN, HERE, NEEDS_A_RELAY, UNAUTHORIZED, Relay, TurnClient, new_relay
from web.core.clock import Clock
from web.core.ice import LASTS, ice_servers
from web.core.settings import Settings

pytestmark = NEEDS_A_RELAY

Give = Callable[..., dict[str, Any]]
Visit = Callable[[dict[str, Any]], TurnClient]


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """A relay that runs."""
    relay = new_relay()
    with relay.running(tmp_path_factory.mktemp("relay")):
        yield relay


@pytest.fixture
def give(relay: Relay, settings: Settings) -> Give:
    """What browsers get for the relay, some time from now, under its secret or another."""

    def make(after: timedelta = timedelta(0), secret: str = relay.secret) -> dict[str, Any]:
        ours = replace(settings, ice_urls=(relay.url,), turn_secret=secret)
        [server] = ice_servers(ours, Clock().now() + after)
        return server

    return make


@pytest.fixture
def visit(relay: Relay) -> Iterator[Visit]:
    """Comes to the relay with what one got."""
    clients = []

    def make(server: dict[str, Any]) -> TurnClient:
        clients.append(TurnClient.of(relay, server))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_it_takes_who_comes_in_time(give: Give, visit: Visit) -> None:
    answer = visit(give()).allocate()
    assert answer.error == 0
    assert answer.relayed == HERE
    assert visit(give(timedelta(minutes=1) - LASTS)).allocate().error == 0


def test_it_refuses_who_comes_too_late(give: Give, visit: Visit) -> None:
    assert visit(give(-LASTS - timedelta(seconds=1))).allocate().error == UNAUTHORIZED


def test_it_refuses_credentials_under_another_secret(give: Give, visit: Visit) -> None:
    assert visit(give(secret="another")).allocate().error == UNAUTHORIZED


def test_a_call_that_has_begun_goes_on_when_its_credentials_end(give: Give, visit: Visit) -> None:
    server = give(timedelta(seconds=2) - LASTS)
    call = visit(server)
    assert call.allocate().error == 0
    eventually(lambda: visit(server).allocate().error == UNAUTHORIZED)
    assert call.refresh().error == 0
    assert call.reach(HERE).error == 0


@pytest.mark.parametrize("address", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "203.0.113.7"])
def test_it_is_no_door_into_other_networks(give: Give, visit: Visit, address: str) -> None:
    client = visit(give())
    assert client.allocate().error == 0
    assert client.reach(HERE).error == 0
    assert client.reach(address).error == FORBIDDEN
