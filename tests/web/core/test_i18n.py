"""Every text that people read exists in every language."""

import re

import pytest
import webtest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo

from tests.factories import Person
from tests.web.conftest import Api
from web.cli.translations import as_tuple, gathered, read, source
from web.core.i18n import LOCALES, _, translator

SINGULAR = 0


def placeholders(text: str) -> set[str]:
    """What is filled in: ``${name}``, ``%(name)s``, ``{name}``."""
    return set(re.findall(r"\$\{\w+\}|%\(\w+\)s|(?<![$%])\{\w+\}", text))


def texts(catalogue: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Translations by text, the header left out."""
    return {as_tuple(message.id): as_tuple(message.string) for message in catalogue if message.id}


@pytest.fixture(scope="module")
def wanted() -> set[str | tuple[str, ...]]:
    return set(gathered())


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_is_translated(locale: str, wanted: set[str | tuple[str, ...]]) -> None:
    found = {message.id: message for message in read(locale) if message.id}
    assert wanted - set(found) == set(), f"not in {source(locale)}"
    assert set(found) - wanted == set(), f"nowhere used but in {source(locale)}"
    empty = [message.id for message in found.values() if not all(as_tuple(message.string))]
    assert empty == []
    assert [message.id for message in found.values() if message.fuzzy] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_fill_in_the_same_things(locale: str) -> None:
    for message in read(locale):
        for text in as_tuple(message.string):
            assert placeholders(text) == placeholders(as_tuple(message.id)[SINGULAR]), message.id


def test_english_is_as_written() -> None:
    for message in read("en"):
        assert message.string == message.id or not message.id


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_texts_are_those_that_are_written(locale: str) -> None:
    with source(locale).with_suffix(".mo").open("rb") as file:
        compiled = texts(read_mo(file))
    assert compiled == texts(read(locale)), "run `make translations`"


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
