import socket

import pytest

from web.runtime.environment import ADMIN_VARIABLE, DATABASE_VARIABLES, known, password_of, port_of, resolve
from web.runtime.layout import Layout


def test_a_first_start_makes_urls_secrets_and_paths(layout: Layout) -> None:
    made = resolve(layout, {}, with_nginx=True)
    passwords = {password_of(made[name]) for name in DATABASE_VARIABLES}
    assert len(passwords) == 5, "every role has a password of its own"
    assert len({port_of(made[name]) for name in DATABASE_VARIABLES}) == 1
    assert made["PLAZA_DATABASE_URL"].startswith("postgresql://plaza_web:")
    assert made["PLAZA_PUBLIC_URL"] == "http://localhost:8080"
    assert made["PLAZA_SECRET"].startswith("development-")
    assert made["PLAZA_VAR"] == str(layout.var)


def test_a_second_start_keeps_passwords_and_ports(layout: Layout) -> None:
    first = resolve(layout, {}, with_nginx=True)
    layout.write_state(first)
    assert resolve(layout, {}, with_nginx=True) == first


def test_an_embedded_port_that_was_taken_meanwhile_is_picked_anew(layout: Layout) -> None:
    first = resolve(layout, {}, with_nginx=True)
    layout.write_state(first)
    taken = port_of(first[ADMIN_VARIABLE])
    with socket.create_server(("127.0.0.1", taken or 0)):
        second = resolve(layout, {}, with_nginx=True)
    assert port_of(second[ADMIN_VARIABLE]) != taken
    assert password_of(second[ADMIN_VARIABLE]) == password_of(first[ADMIN_VARIABLE])


def test_the_environment_wins_and_names_servers_of_its_own(layout: Layout) -> None:
    given = {"PLAZA_DATABASE_URL": "postgresql://plaza_web:p@db/plaza", "PLAZA_WEB_PORT": "9000", "HOME": "/"}
    made = resolve(layout, given, with_nginx=True)
    assert made["PLAZA_DATABASE_URL"] == given["PLAZA_DATABASE_URL"]
    assert ADMIN_VARIABLE not in made
    assert made["PLAZA_JWKS_URL"] == "http://127.0.0.1:9000/.well-known/jwks.json"
    assert "HOME" not in made


def test_without_nginx_the_three_ports_allow_each_other(layout: Layout) -> None:
    made = resolve(layout, {"PLAZA_WEB_PORT": "9000"}, with_nginx=False)
    assert made["PLAZA_PUBLIC_URL"] == "http://localhost:9000"
    assert "http://localhost:9000" in made["PLAZA_CORS_ORIGINS"].split(",")
    assert made["PLAZA_ANALYTICS_URL"] == "http://localhost:8001"
    assert made["PLAZA_REALTIME_URL"] == "http://localhost:8002"


@pytest.mark.parametrize(("kind", "seen"), [("development", True), ("production", False)])
def test_production_does_not_read_the_state_of_development(layout: Layout, kind: str, seen: bool) -> None:
    layout.write_state({"PLAZA_SECRET": "from the file", "PLAZA_WEB_PORT": "9000"})
    variables = known(layout, {"PLAZA_ENV": kind})
    assert ("PLAZA_SECRET" in variables) is seen
    assert variables["PLAZA_WEB_PORT"] == ("9000" if seen else "8000")
