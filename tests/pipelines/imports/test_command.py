"""`plaza import` as people call it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from web.cli.import_ import import_


@pytest.fixture
def call(
    environment: dict[str, str], web_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Run the command; answers its exit code and what it printed."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(import_, arguments)
        return result.exit_code, result.output

    return run


def test_summary_rejects_and_the_second_time(
    call: Callable[..., tuple[int, str]], write_file: Callable[[str, str], Path]
) -> None:
    path = write_file("talk.txt", "1 2 1082040961\n1 2 1082040961\nbad\n")
    code, output = call("collegemsg", str(path))
    assert code == 0, output
    assert "messages" in output
    assert "collegemsg-talk.csv" in output.replace("\n", "")
    code, output = call("collegemsg", str(path))
    assert (code, "nothing changed" in output) == (0, True)


def test_a_failure_is_one_line_and_exit_code_one(
    call: Callable[..., tuple[int, str]], write_file: Callable[[str, str], Path]
) -> None:
    code, output = call("collegemsg", str(write_file("talk.txt", "nothing\n")))
    assert code == 1
    assert "Error:" in output
    assert "Traceback" not in output
