"""How texts of all scripts become words that can be compared."""

import pytest

from web.search.tokens import composed, hashtag_key, tokens


def words(text: str) -> list[str]:
    return [token.text for token in tokens(composed(text)) if not token.is_last]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Running, RUNNING!", ["running", "running"]),
        ("mina_kim.x", ["mina", "kim", "x"]),
        ("서울에서", ["서울", "울에", "에서"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("책", ["책"]),
        ("BTS의 노래", ["bts", "의", "노래"]),
        ("Ｐｙｔｈｏｎ３", ["python3"]),
        ("ｶﾞﾝﾀﾞﾑ", ["ガン", "ンダ", "ダム"]),
        ("canción, año, güero", ["cancion", "ano", "guero"]),
        ("Straße", ["strasse"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("й и", ["й", "и"]),  # only on Latin letters is it an accent that may be left out
        ("… !? 🎉", []),
    ],
)
def test_texts_have_these_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize("text", ["각", "が", "é"])
def test_it_does_not_matter_how_a_character_was_typed(text: str) -> None:
    import unicodedata

    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


def test_tokens_tell_where_they_stand() -> None:
    text = "Go 言語 fun"
    assert [text[token.start : token.end] for token in tokens(text)] == ["Go", "言語", "語", "fun"]
    assert [token.position for token in tokens(text)] == [1, 2, 3, 4]


def test_a_word_without_end_is_cut() -> None:
    (token,) = tokens("a" * 100_000)
    assert len(token.text) < 100


@pytest.mark.parametrize(
    ("tag", "key"),
    [("#한국어", "한국어"), ("＃Learn_Korean", "learn_korean"), ("日本語'", "日本語"), ("!", "")],
)
def test_hashtags_are_compared_without_what_they_cannot_have(tag: str, key: str) -> None:
    assert hashtag_key(tag) == key
