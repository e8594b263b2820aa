"""Every text that people read exists in every language."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import webtest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import web
from tests.factories import Person
from tests.web.conftest import Api
from web.core.errors import CATALOGUE, DomainError
from web.core.i18n import DOMAIN, FOLDER, LOCALES, _, translator

WEB = Path(web.__file__).parent
SINGULAR = 0


def message_ids() -> set[str | tuple[str, ...]]:
    """All texts: marked ones in templates and code, and the messages of errors."""
    methods = [("**.py", "python"), ("templates/**.jinja2", "jinja2")]
    marked = {message for _, _, message, _, _ in extract_from_dir(str(WEB), methods)}
    return marked | {error.message for error in errors()} | set(own_messages())


def errors() -> list[type[DomainError]]:
    """Every error of the product; tests may have made more."""
    for module in pkgutil.walk_packages(web.__path__, "web."):
        if module.name.endswith(".errors"):
            importlib.import_module(module.name)
    return [error for error in CATALOGUE.values() if error.__module__.startswith("web.")]


def own_messages() -> Iterator[str]:
    """Messages given where an error is raised, instead of the one of its class."""
    names = {error.__name__ for error in errors()}
    for path in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield from (argument.value for argument in node.args if isinstance(argument, ast.Constant))


def catalogue(locale: str) -> Catalog:
    """The texts of a language as they are written."""
    with source(locale).open("rb") as file:
        return read_po(file, locale=locale, domain=DOMAIN)


def source(locale: str) -> Path:
    return FOLDER / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def placeholders(text: str) -> set[str]:
    """What is filled in: ``${name}``, ``%(name)s``, ``{name}``."""
    return set(re.findall(r"\$\{\w+\}|%\(\w+\)s|(?<![$%])\{\w+\}", text))


def texts(catalogue: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Translations by text, the header left out."""
    return {as_tuple(message.id): as_tuple(message.string) for message in catalogue if message.id}


def as_tuple(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.fixture(scope="module")
def wanted() -> set[str | tuple[str, ...]]:
    return message_ids()


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_is_translated(locale: str, wanted: set[str | tuple[str, ...]]) -> None:
    found = {message.id: message for message in catalogue(locale) if message.id}
    assert wanted - set(found) == set(), f"not in {source(locale)}"
    assert set(found) - wanted == set(), f"nowhere used but in {source(locale)}"
    empty = [message.id for message in found.values() if not all(as_tuple(message.string))]
    assert empty == []
    assert [message.id for message in found.values() if message.fuzzy] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_fill_in_the_same_things(locale: str) -> None:
    for message in catalogue(locale):
        for text in as_tuple(message.string):
            assert placeholders(text) == placeholders(as_tuple(message.id)[SINGULAR]), message.id


def test_english_is_as_written() -> None:
    for message in catalogue("en"):
        assert message.string == message.id or not message.id


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_texts_are_those_that_are_written(locale: str) -> None:
    with source(locale).with_suffix(".mo").open("rb") as file:
        compiled = texts(read_mo(file))
    assert compiled == texts(catalogue(locale)), "run `make translations`"


def test_texts_outside_of_requests() -> None:
    text = _("Your Plaza code: ${code}", mapping={"code": "123456"})
    assert translator("ko")(text) == "Plaza 인증 코드: 123456"
    assert translator("en")(text) == "Your Plaza code: 123456"


def test_the_api_answers_in_the_language_of_the_request(api: Api, mina: Person) -> None:
    def message(**headers: str) -> str:
        answer = api.call("GET", "/users/@nobody", mina, headers=headers, status=404)
        return str(answer.json["error"]["message"])

    assert message(**{"Accept-Language": "es-MX,en;q=0.5"}) == "Aquí no hay nada."
    assert message(**{"Accept-Language": "ja"}) == "ここには何もありません。"
    assert message(**{"Accept-Language": "tlh"}) == "여기에는 아무것도 없어요."


@pytest.mark.parametrize(
    ("sent", "cookie", "language"),
    [
        ("es", None, "es"),
        ("fr, ja;q=0.4", None, "ja"),
        ("fr", None, "ko"),
        ("es", "en", "en"),
        ("es", "xx", "es"),
    ],
)
def test_pages_follow_the_choice_then_the_browser(
    browser: webtest.TestApp, sent: str, cookie: str | None, language: str
) -> None:
    if cookie:
        browser.set_cookie("plaza_language", cookie)
    page = browser.get("/", headers={"Accept": "text/html", "Accept-Language": sent})
    assert page.html.html["lang"] == language
