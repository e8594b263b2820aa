import stat
from pathlib import Path

import pytest

from web.runtime.errors import StartupError
from web.runtime.layout import LONGEST_SOCKET, ROOT, Layout


def test_a_relative_var_counts_from_the_project() -> None:
    assert Layout.of({}).var == ROOT / "var"
    assert Layout.of({"PLAZA_VAR": "two"}).var == ROOT / "two"


def test_the_socket_is_inside_var_when_its_name_is_short_enough() -> None:
    assert Layout(ROOT, Path("/srv/plaza")).socket == Path("/srv/plaza/run/supervisor.sock")


def test_a_deep_var_gets_a_short_socket_of_its_own(var: Path) -> None:
    deep = var / ("d" * 60) / ("e" * 60)
    one, other = Layout(ROOT, deep / "one"), Layout(ROOT, deep / "other")
    one.make()
    assert len(str(one.socket)) <= LONGEST_SOCKET
    assert one.socket != other.socket
    assert stat.S_IMODE(one.socket.parent.stat().st_mode) == 0o700
    one.socket.parent.rmdir()


def test_state_is_kept_and_private(layout: Layout) -> None:
    assert layout.read_state() == {}
    layout.write_state({"PLAZA_SECRET": "s3cret"})
    layout.write_state({"PLAZA_SECRET": "changed"})
    assert layout.read_state() == {"PLAZA_SECRET": "changed"}
    assert stat.S_IMODE(layout.state_file.stat().st_mode) == 0o600


def test_a_broken_state_file_is_named(layout: Layout) -> None:
    layout.state_file.write_text("{")
    with pytest.raises(StartupError, match=r"runtime\.json is not JSON"):
        layout.read_state()
