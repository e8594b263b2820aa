"""Whether unwanted words are in a text, in scripts with spaces between words and in others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.accounts.keywords import hides, hiding, keyword_key


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("spoiler", "No SPOILERS? One spoiler."),
        ("spoiler", "spoiler"),
        ("spoiler", "(spoiler)"),
        ("Spoiler", "#spoiler!"),
        ("no way", "NO\n  way, really"),
        ("ｓｐｏｉｌｅｒ", "spoiler"),
        ("fútbol", "¡El Fútbol!"),
        ("año", "AÑO nuevo"),
        ("straße", "STRASSE"),
        ("c++", "I like c++17"),
        ("💩", "what a💩day"),
        ("10", "10 goles"),
        ("축구", "오늘축구를 봤어요"),
        ("축구", "축구는 재미있다"),
        ("ﾈﾀﾊﾞﾚ", "これはネタバレです"),
        ("映画", "昨日映画を見た"),
        ("Trump", "트럼프 아니고 Trump는"),
        ("BTS", "今日のBTSのライブ"),
        ("電影", "看電影了"),
        ("art", "party art"),
    ],
)
def test_it_is_there(keyword: str, text: str) -> None:
    assert hides([keyword], text)
    assert hides(["something else", keyword], text)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("art", "party"),
        ("art", "artist"),
        ("art", "start arts"),
        ("art", "art_work is artful, arte"[4:]),
        ("año", "años"),
        ("ano", "año"),
        ("sol", "consolar"),
        ("10", "100"),
        ("no way", "now ay"),
        ("हिन्द", "हिन्दी"),
        ("축구", "축하 구름"),
        ("映画", "映像画面"),
        ("anything", ""),
        (" ", "a text"),
    ],
)
def test_it_is_not_there(keyword: str, text: str) -> None:
    assert not hides([keyword], text)


def test_without_keywords_nothing_is_hidden() -> None:
    assert not hides([], "anything")


@given(st.text(min_size=1))
def test_every_keyword_hides_itself(keyword: str) -> None:
    assert hides([keyword], keyword) == bool(keyword_key(keyword))


@given(st.lists(st.text(max_size=3), max_size=4), st.text())
def test_many_texts_are_judged_as_each_alone(keywords: list[str], text: str) -> None:
    assert hiding(keywords)(text) == any(hides([keyword], text) for keyword in keywords)
