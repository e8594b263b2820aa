"""What all pages have in common: language, security headers, markup that needs no inline code."""

import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
import webtest

from tests.factories import Person, make_post
from tests.web.pages.conftest import form_to, log_in, path_of
from web.core.app import App
from web.core.errors import NotFound
from web.core.i18n import LOCALES
from web.core.mail import SmtpMailer
from web.core.security import COOKIE
from web.features import build_app
from web.main import make_wsgi_app
from web.pages import ROUTES
from web.pages.mailbox import mailbox
from web.runtime.ports import pick_free_port

SignedIn = Callable[[Person], webtest.TestApp]
FOR_VISITORS = (
    "/",
    "/signup",
    "/login",
    "/code?ticket=01a1fde9-0d7a-7464-ac02-2c06625fcd6d",
    "/code?token=01234567890123456789",
    "/phone",
    "/second-factor?ticket=01a1fde9-0d7a-7464-ac02-2c06625fcd6d",
    "/forgot",
    "/reset?token=01234567890123456789",
    "/confirm-email?token=01234567890123456789",
    "/dev/mailbox",
    "/api/v1/docs",
    "/posts/{post}",
    "/members/@mina",
)
SETTINGS = (
    *("profile", "account", "sessions", "security", "privacy", "appearance", "data"),
    *(
        "notifications",
        "account/email",
        "account/phone",
        "account/password",
        "account/deactivate",
        "account/delete",
    ),
    *(
        "account/email/code?ticket=01a1fde9-0d7a-7464-ac02-2c06625fcd6d",
        "security/two-step",
        "security/passkeys",
    ),
)
FOR_MEMBERS = (
    *(
        "/feed",
        "/notifications",
        "/notifications?archived=true",
        "/posts/{post}",
        "/members/@mina",
        "/members/@joon",
        "/prove-it",
    ),
    *(f"/settings/{path}" for path in SETTINGS),
)


@pytest.fixture
def pages(
    app: App, browser: webtest.TestApp, signed_in: SignedIn, mina: Person, joon: Person
) -> list[webtest.TestResponse]:
    """Every page, as a visitor and as a member sees it, and an error."""
    post = make_post(app, mina, "hello\nworld")
    member = signed_in(mina)
    found = [browser.get(path.format(post=post)) for path in FOR_VISITORS]
    found += [member.get(path.format(post=post)) for path in FOR_MEMBERS]
    return [*found, browser.get("/nowhere", status=404)]


def test_no_page_has_code_or_style_inside(pages: list[webtest.TestResponse]) -> None:
    for page in pages:
        assert not page.html.select("style:not([nonce]), [style], script:not([src])")
        attributes = {name for element in page.html.find_all() for name in element.attrs}
        assert not {name for name in attributes if name.startswith("on")}
        assert "javascript:" not in page.text
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_everything_comes_from_here(pages: list[webtest.TestResponse], browser: webtest.TestApp) -> None:
    addresses = {
        str(element.get("src") or element.get("href"))
        for page in pages
        for element in page.html.select("script, link, img, use")
    }
    for address in addresses:
        assert re.match(r"/static/[0-9a-f]{12}/", address), address
        browser.get(address.partition("#")[0], headers={"Accept": "*/*"})


def test_every_field_has_a_name_that_can_be_read_out(pages: list[webtest.TestResponse]) -> None:
    for page in pages:
        labelled = {label.get("for") for label in page.html.select("label")}
        for field in page.html.select("input:not([type=hidden]), textarea, select"):
            assert field.get("id") in labelled or field.get("aria-label"), field
        for button in page.html.select("button, a[href]"):
            named = button.get_text(strip=True) or button.get("aria-label") or button.get("aria-hidden")
            assert named, button


def test_ids_are_unique_and_there_is_one_headline(pages: list[webtest.TestResponse]) -> None:
    for page in pages:
        ids = [element["id"] for element in page.html.select("[id]") if not element.find_parent("template")]
        assert len(ids) == len(set(ids)), page.request.path
        assert len(page.html.find_all("h1")) == 1
        assert page.html.select_one("main#main")


def test_every_form_that_posts_carries_the_token(pages: list[webtest.TestResponse]) -> None:
    for page in pages:
        for form in page.html.select("form[method=post]"):
            assert form.select_one("input[name=csrf_token]")["value"]


def test_pages_of_members_are_kept_nowhere(signed_in: SignedIn, mina: Person) -> None:
    assert "no-store" in signed_in(mina).get("/feed").headers["Cache-Control"]


@pytest.mark.parametrize("language", LOCALES)
def test_the_language_is_chosen_in_the_footer(
    browser: webtest.TestApp, signed_in: SignedIn, joon: Person, language: str
) -> None:
    for visitor in (browser, signed_in(joon)):
        page = visitor.get("/login?next=/notifications", status="*")
        page = page.follow() if page.status_int == 303 else page
        form = form_to(page, "/language")
        answer = form.submit("language", value=language)
        page = visitor.get(path_of(answer))
        assert page.html.html["lang"] == language
        assert page.html.select_one(".languages [aria-current]")["value"] == language


def test_a_language_that_there_is_not_changes_nothing(browser: webtest.TestApp) -> None:
    form = form_to(browser.get("/"), "/language")
    answer = browser.post("/language", {"csrf_token": form["csrf_token"].value, "language": "tlh"})
    assert "Set-Cookie" not in answer.headers or "plaza_language" not in answer.headers["Set-Cookie"]


def test_the_language_that_a_member_chooses_is_theirs_everywhere(
    wsgi: object, signed_in: SignedIn, joon: Person
) -> None:
    form_to(signed_in(joon).get("/feed"), "/language").submit("language", value="ja")
    elsewhere = webtest.TestApp(
        wsgi, extra_environ={"HTTP_ACCEPT": "text/html", "HTTP_ACCEPT_LANGUAGE": "es"}
    )
    log_in(elsewhere, joon)
    assert elsewhere.get("/feed").html.html["lang"] == "ja"


@pytest.mark.parametrize("language", LOCALES)
def test_every_page_is_there_in_every_language(
    app: App, signed_in: SignedIn, mina: Person, joon: Person, language: str
) -> None:
    browser, post = signed_in(mina), make_post(app, mina)
    form_to(browser.get("/notifications"), "/language").submit("language", value=language)
    for path in FOR_MEMBERS:
        page = browser.get(path.format(post=post))
        assert page.html.html["lang"] == language, path
        assert page.html.h1.get_text(strip=True), path


def test_choosing_a_language_needs_the_token(browser: webtest.TestApp) -> None:
    browser.post("/language", {"language": "es"}, status=403)


def test_members_without_a_choice_read_their_own_language(
    wsgi: object, browser: webtest.TestApp, mina: Person
) -> None:
    member = webtest.TestApp(wsgi, extra_environ={"HTTP_ACCEPT": "text/html", "HTTP_ACCEPT_LANGUAGE": "es"})
    assert member.get("/login").html.html["lang"] == "es"
    log_in(member, mina)
    assert member.get("/feed").html.html["lang"] == "ko"


def test_the_documentation_shows_every_operation(browser: webtest.TestApp) -> None:
    page = browser.get("/api/v1/docs")
    document = browser.get("/api/v1/openapi.json").json
    shown = {article["id"] for article in page.html.select("article.operation")}
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    assert {operation["operationId"] for operation in operations} <= shown
    assert {f"schema-{name}" for name in document["components"]["schemas"]} <= shown
    places = {element["id"] for element in page.html.select("[id]")}
    assert {link["href"][1:] for link in page.html.select("main a[href^='#']")} <= places


def test_mails_are_shown_in_development_only(app: App) -> None:
    def asked(settings: object, mailer: object) -> object:
        return mailbox(
            SimpleNamespace(app=SimpleNamespace(mailer=mailer, value=app.value), settings=settings)  # type: ignore[arg-type]  # all that the view reads
        )

    assert asked(app.settings, app.mailer) == {"mails": [], "messages": [], "pushes": []}
    for settings, mailer in (
        (replace(app.settings, environment="production"), app.mailer),
        (app.settings, SmtpMailer("plaza@example.com", "smtp://mail.example")),
    ):
        with pytest.raises(NotFound):
            asked(settings, mailer)


def test_the_page_about_a_database_that_is_away_does_not_need_it(
    app: App, wsgi: object, mina: Person
) -> None:
    member = webtest.TestApp(wsgi, extra_environ={"HTTP_ACCEPT": "text/html"})
    log_in(member, mina)
    nowhere = f"postgresql://plaza_web:none@127.0.0.1:{pick_free_port()}/plaza"
    broken = build_app(replace(app.settings, database_url=nowhere))
    try:
        other = webtest.TestApp(make_wsgi_app(broken), extra_environ={"HTTP_ACCEPT": "text/html"})
        other.set_cookie(COOKIE, member.cookies[COOKIE].strip('"'))
        page = other.get("/feed", status=503)
    finally:
        broken.close()
    assert page.html.h1.get_text() == "지금은 Plaza가 바빠요. 잠시 후 다시 시도해 주세요."
    assert page.headers["Retry-After"]


def test_every_page_has_an_address_of_its_own() -> None:
    assert len({pattern for _, pattern in ROUTES}) == len(ROUTES)


def test_passwords_are_hidden_long_enough_and_known_to_password_managers(
    pages: list[webtest.TestResponse],
) -> None:
    fields = [field for page in pages for field in page.html.select("input[name*=password]")]
    assert len(fields) > 3
    for field in fields:
        assert field["type"] == "password"
        assert field["autocomplete"] in ("current-password", "new-password")
        assert int(field.get("maxlength", 128)) >= 64


def test_members_find_the_log_out_on_every_page(
    app: App, signed_in: SignedIn, mina: Person, joon: Person
) -> None:
    member, post = signed_in(mina), make_post(app, mina)
    for path in FOR_MEMBERS:
        assert form_to(member.get(path.format(post=post)), "/logout"), path
