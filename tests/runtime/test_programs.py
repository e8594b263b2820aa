from pathlib import Path

import pytest

from web.runtime import environment as env
from web.runtime import health
from web.runtime.errors import StartupError
from web.runtime.layout import Layout
from web.runtime.nginx import Nginx
from web.runtime.postgres import EmbeddedPostgres
from web.runtime.programs import START_ORDER, Program, programs
from web.runtime.valkey import EmbeddedValkey


@pytest.fixture
def made(layout: Layout) -> dict[str, Program]:
    variables = env.resolve(layout, {}, with_nginx=True)
    found = programs(
        layout,
        variables,
        postgres=EmbeddedPostgres(layout.var / "postgres"),
        valkey=EmbeddedValkey(layout.var / "valkey"),
        nginx=Nginx(Path("/usr/sbin/nginx"), layout),
    )
    assert [program.name for program in found] == list(START_ORDER)
    return {program.name: program for program in found}


def test_long_running_programs_get_neither_superuser_nor_owner(made: dict[str, Program]) -> None:
    for program in made.values():
        assert env.ADMIN_VARIABLE not in program.environment
        assert "PLAZA_OWNER_DATABASE_URL" not in program.environment


def test_the_read_api_gets_one_role_and_nothing_that_signs(made: dict[str, Program]) -> None:
    given = made["analytics"].environment
    assert "PLAZA_READER_DATABASE_URL" in given
    assert not {"PLAZA_DATABASE_URL", "PLAZA_SECRET", "PLAZA_SIGNING_KEYS", "PLAZA_VALKEY_URL"} & set(given)


def test_the_servers_get_no_secrets_at_all(made: dict[str, Program]) -> None:
    for name in ("postgres", "valkey", "nginx"):
        assert not any(variable.endswith(("_URL", "_SECRET")) for variable in made[name].environment)


def test_no_password_is_on_a_command_line(made: dict[str, Program], layout: Layout) -> None:
    secrets = {env.password_of(value) for value in made["web"].environment.values() if "://" in value} - {""}
    assert secrets
    for program in made.values():
        assert not any(secret in argument for secret in secrets for argument in program.command)


def test_servers_that_the_environment_names_are_not_run(layout: Layout) -> None:
    given = {"PLAZA_DATABASE_URL": "postgresql://plaza_web:p@db/plaza", "PLAZA_VALKEY_URL": "redis://cache/0"}
    variables = env.resolve(layout, given, with_nginx=False)
    found = programs(layout, variables, postgres=None, valkey=None, nginx=None)
    embedded = ("postgres", "valkey", "nginx")
    assert [program.name for program in found] == [name for name in START_ORDER if name not in embedded]


@pytest.mark.parametrize(
    ("kind", "ports"),
    [
        ("web", {"web": "8000", "web-2": "8100", "web-3": "8200"}),
        ("realtime", {"realtime": "8002", "realtime-2": "8003", "realtime-3": "8004"}),
    ],
)
def test_there_are_as_many_of_a_kind_as_wanted_each_on_its_port(
    layout: Layout, kind: str, ports: dict[str, str]
) -> None:
    variables = env.resolve(layout, {f"PLAZA_{kind.upper()}_PROCESSES": "3"}, with_nginx=False)
    found = programs(layout, variables, postgres=None, valkey=None, nginx=None)
    assert ports == {
        program.name: program.environment[f"PLAZA_{kind.upper()}_PORT"]
        for program in found
        if program.name.startswith(kind)
    }
    assert set(ports) <= set(health.checks(variables)), "each is looked at"


@pytest.mark.parametrize("kind", ["web", "realtime"])
@pytest.mark.parametrize("number", ["0", "17", "two", ""])
def test_a_number_of_processes_that_is_none_is_refused(kind: str, number: str) -> None:
    variables = {"PLAZA_WEB_PORT": "8000", "PLAZA_REALTIME_PORT": "8002"}
    variables[f"PLAZA_{kind.upper()}_PROCESSES"] = number
    ports = {"web": env.web_ports, "realtime": env.realtime_ports}[kind]
    with pytest.raises(StartupError, match=f"PLAZA_{kind.upper()}_PROCESSES"):
        ports(variables)
