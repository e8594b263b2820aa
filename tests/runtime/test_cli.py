"""The command as its users meet it."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.servers import TestServers
from web.cli.main import COMMANDS, main
from web.runtime.layout import ROOT


def plaza(*arguments: str, **environ: str | None) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments), env=environ)
    return result.exit_code, result.output


def test_the_list_of_commands_is_complete_and_imports_none_of_them() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from web.cli.main import main\n"
        "print(CliRunner().invoke(main, ['--help']).output)\n"
        "heavy = {'sqlalchemy', 'psycopg', 'pyramid', 'duckdb', 'rich', 'celery'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert result.returncode == 0, result.stderr
    for name in COMMANDS:
        assert f"\n  {name} " in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    below = [[name, each] for each in command.commands] if isinstance(command, click.Group) else [[name]]
    for words in below:
        code, output = plaza(*words, "--help")
        assert code == 0, output
        assert "Example" in output, words


def test_an_unknown_command_is_refused() -> None:
    assert plaza("dance")[0] == 2


@pytest.mark.parametrize("command", [["ps"], ["restart", "web"]])
def test_what_needs_a_running_stack_says_so_in_one_line(command: list[str], var: Path) -> None:
    code, output = plaza(*command, PLAZA_VAR=str(var))
    assert code == 1
    assert output == "Error: Plaza is not running here (start it with: plaza up)\n"


def test_ending_nothing_is_no_error(var: Path) -> None:
    assert plaza("down", PLAZA_VAR=str(var)) == (0, "Plaza was not running.\n")


def test_bootstrap_without_a_superuser_says_so(var: Path) -> None:
    code, output = plaza("bootstrap", PLAZA_VAR=str(var), PLAZA_ADMIN_DATABASE_URL=None)
    assert (code, output) == (1, "Error: PLAZA_ADMIN_DATABASE_URL is not set\n")


def test_bootstrap_and_migrate_twice(servers: TestServers, var: Path) -> None:
    environ = {"PLAZA_VAR": str(var), **servers.environment("plaza_by_command")}
    for _ in range(2):
        assert plaza("bootstrap", "--database", "plaza_by_command", **environ)[0] == 0
        code, output = plaza("migrate", **environ)
        assert code == 0, output


def test_doctor_fails_with_a_remedy_when_nothing_runs(var: Path) -> None:
    unset = dict.fromkeys(("PLAZA_DATABASE_URL", "PLAZA_VALKEY_URL"))
    code, output = plaza("doctor", PLAZA_VAR=str(var), **unset)
    assert code == 1
    assert "fail database" in output
    assert "→ plaza up" in output
    assert "ok   disk" in output or "warn disk" in output
