"""What browsers are told about every answer: which scripts may run, TLS only, cookies for this host only."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import webtest

import web
from tests.factories import PASSWORD, Person
from web.accounts.sessions.directory import SessionCache
from web.core.app import App
from web.core.security import CSRF_HEADER
from web.core.settings import Settings
from web.features import build_app
from web.main import make_wsgi_app

TEMPLATES = sorted(Path(web.__file__).parent.glob("templates/**/*.jinja2"))
HTML = {"Accept": "text/html"}
SITE = "https://plaza.example"
PAGES = ("/", "/login", "/signup", "/code", "/api/v1/docs", "/nowhere")


def directives(response: webtest.TestResponse) -> dict[str, list[str]]:
    policy = response.headers["Content-Security-Policy"]
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


@pytest.fixture(scope="module")
def secure_app(settings: Settings) -> Iterator[App]:
    """An installation that people reach over TLS, behind a proxy that ends it."""
    app = build_app(replace(settings, public_url=SITE))
    yield app
    app.close()


@pytest.fixture
def secure(secure_app: App, app: App) -> webtest.TestApp:
    """A browser on it."""
    secure_app.value(SessionCache).clear()
    environ = {"HTTP_HOST": "plaza.example", "HTTP_ACCEPT": "text/html"}
    return webtest.TestApp(make_wsgi_app(secure_app), extra_environ=environ)


@pytest.mark.parametrize("path", PAGES)
def test_only_what_carries_the_nonce_of_its_page_runs(browser: webtest.TestApp, path: str) -> None:
    page = browser.get(path, headers=HTML, status="*")
    policy = directives(page)
    nonce, dynamic = policy["script-src"]
    assert dynamic == "'strict-dynamic'"
    assert re.fullmatch(r"'nonce-[\w-]{22,}'", nonce)
    assert policy["style-src"] == ["'self'", nonce]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in str(policy)
    for element in page.html.select("script, style"):
        assert f"'nonce-{element['nonce']}'" == nonce


def test_each_answer_has_a_nonce_of_its_own(browser: webtest.TestApp) -> None:
    nonces = {directives(browser.get("/login", headers=HTML))["script-src"][0] for _ in range(5)}
    assert len(nonces) == 5


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_code_that_the_policy_would_stop(template: Path) -> None:
    text = template.read_text()
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", text):
        assert 'nonce="{{ csp_nonce }}"' in tag, tag
    assert re.findall(r"<[^>]*\s(on[a-z]+|style)\s*=", text) == []
    assert "javascript:" not in text


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/api/v1/nowhere", "/healthz"])
def test_answers_for_programs_run_nothing_and_are_not_guessed_at(browser: webtest.TestApp, path: str) -> None:
    answer = browser.get(path, status="*")
    assert answer.content_type == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert directives(answer) == {"default-src": ["'none'"], "frame-ancestors": ["'none'"]}


@pytest.mark.parametrize("path", PAGES)
def test_pages_say_that_they_are_utf_8(browser: webtest.TestApp, path: str) -> None:
    page = browser.get(path, headers=HTML, status="*")
    assert page.headers["Content-Type"].lower() == "text/html; charset=utf-8"


def test_browsers_are_told_to_come_over_tls_only(secure: webtest.TestApp, browser: webtest.TestApp) -> None:
    for path in ("/login", "/api/v1/openapi.json", "/healthz"):
        told = secure.get(path).headers["Strict-Transport-Security"]
        assert "max-age=31536000" in told
        assert "Strict-Transport-Security" not in browser.get(path).headers


def log_in(browser: webtest.TestApp, **headers: str) -> Any:
    form = browser.get("/login").forms
    (login,) = {id(each): each for each in form.values() if each.action == "/login"}.values()
    login["email"], login["password"] = "mina@example.com", PASSWORD
    return login.submit(headers=headers, status="*")


def cookies_set(*answers: webtest.TestResponse) -> dict[str, list[str]]:
    """Name and attributes of every cookie that was set."""
    lines = [line for answer in answers for line in answer.headers.getall("Set-Cookie")]
    return {line.split("=")[0]: [part.strip().lower() for part in line.split(";")[1:]] for line in lines}


def test_cookies_are_bound_to_this_host_and_out_of_reach_of_scripts(
    secure: webtest.TestApp, mina: Person
) -> None:
    cookies = cookies_set(secure.get("/login"), log_in(secure, Origin=SITE))
    assert cookies.keys() == {"__Host-plaza_session", "__Host-plaza_csrf"}
    for attributes in cookies.values():
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= set(attributes)
        assert not [each for each in attributes if each.startswith("domain")]


def test_without_tls_cookies_have_plain_names(browser: webtest.TestApp, mina: Person) -> None:
    browser.extra_environ |= {"HTTP_ACCEPT": "text/html"}
    cookies = cookies_set(browser.get("/login"), log_in(browser))
    assert cookies.keys() == {"plaza_session", "plaza_csrf"}
    for attributes in cookies.values():
        assert {"httponly", "samesite=lax", "path=/"} <= set(attributes)
        assert "secure" not in attributes


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://plaza.example", "null"])
def test_over_tls_a_form_of_another_origin_is_refused_even_with_the_token(
    secure: webtest.TestApp, mina: Person, origin: str
) -> None:
    assert log_in(secure, Origin=origin).status_int == 403
    assert log_in(secure, Origin=SITE).status_int == 303


def test_over_tls_a_cookie_needs_the_token_too(secure: webtest.TestApp, mina: Person) -> None:
    log_in(secure, Origin=SITE)
    headers = {"Origin": SITE, "Accept": "application/json"}
    refused = secure.post_json(f"{SITE}/api/v1/posts", {"body": "forged"}, headers=headers, status=403)
    assert refused.json["error"]["code"] == "INVALID_CSRF_TOKEN"
    token = secure.cookies["__Host-plaza_csrf"]
    secure.post_json(
        f"{SITE}/api/v1/posts", {"body": "mine"}, headers={**headers, CSRF_HEADER: token}, status=201
    )


def test_redirects_stay_on_tls(secure: webtest.TestApp, mina: Person) -> None:
    assert log_in(secure, Origin=SITE).headers["Location"] == f"{SITE}/feed"
