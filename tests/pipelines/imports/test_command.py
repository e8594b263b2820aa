"""`plaza import` as people call it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from web.cli.import_ import import_
from web.core.app import App
from web.core.job_runner import JobRunner
from web.core.models import Job
from web.search.models import SearchDocument


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


def test_what_is_imported_is_found_once_the_worker_has_run(
    call: Callable[..., tuple[int, str]], write_file: Callable[[str, str], Path], app: App
) -> None:
    path = write_file("talk.txt", "1 2 1082040961\n")
    for _ in range(2):
        call("collegemsg", str(path))
    with app.work() as services:
        wanted = services[Session].scalars(sa.select(Job.kind)).all()
    assert wanted == ["search.catch_up"]
    while JobRunner(app, "default").run_due():
        pass
    with app.work() as services:
        documents = services[Session].scalars(sa.select(SearchDocument.kind)).all()
    assert documents == ["member", "member"]


def test_a_failure_is_one_line_and_exit_code_one(
    call: Callable[..., tuple[int, str]], write_file: Callable[[str, str], Path]
) -> None:
    code, output = call("collegemsg", str(write_file("talk.txt", "nothing\n")))
    assert code == 1
    assert "Error:" in output
    assert "Traceback" not in output
