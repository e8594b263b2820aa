import socket
from collections.abc import Iterator

import pytest

from web.runtime.errors import PortBusy, StartupError
from web.runtime.ports import EMBEDDED_PORTS, is_free, pick_free_port, require_free


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_listening_port_is_not_free(busy_port: int) -> None:
    assert not is_free(busy_port)


def test_the_preferred_port_is_kept_while_it_is_free() -> None:
    port = pick_free_port()
    assert pick_free_port(port) == port


def test_a_busy_preferred_port_is_replaced(busy_port: int) -> None:
    assert pick_free_port(busy_port) in EMBEDDED_PORTS


def test_a_busy_port_is_named_with_its_variable(busy_port: int) -> None:
    with pytest.raises(PortBusy) as caught:
        require_free({"PLAZA_WEB_PORT": pick_free_port(), "PLAZA_FRONT_PORT": busy_port})
    assert str(busy_port) in str(caught.value)
    assert "PLAZA_FRONT_PORT" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_variables_may_not_share_a_port() -> None:
    port = pick_free_port()
    with pytest.raises(StartupError, match="PLAZA_WEB_PORT and PLAZA_REALTIME_PORT"):
        require_free({"PLAZA_WEB_PORT": port, "PLAZA_REALTIME_PORT": port})
