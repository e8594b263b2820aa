"""What a text names and is tagged with, in all scripts."""

import pytest

from web.content.hashtags import LONGEST_TAG, MOST_TAGS, tags_in
from web.content.mentions import MOST_MENTIONS, names_in


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("learning #Korean and #korean, #español!", ["korean", "español"]),
        ("오늘 #한국어공부 했어요 #공부_중", ["한국어공부", "공부_중"]),
        ("今日は＃日本語の勉強。#カタカナ #ｶﾀｶﾅ", ["カタカナ"]),
        ("今日は ＃日本語の勉強。", ["日本語の勉強"]),
        ("#ＰＬＡＺＡ #straße #STRASSE", ["plaza", "strasse"]),
        ("#हिन्दी #ภาษาไทย #می\u200cروم", ["हिन्दी", "ภาษาไทย", "می\u200cروم"]),
        ("#e\u0301t\u00e9", ["été"]),
        ("#1 of #2026 but #2026goals and #七", ["2026goals", "七"]),
        ("C# a#b ##twice &#39; #", []),
        ("https://example.com/page#part www.example.com/#top #tag", ["tag"]),
        ("https://example.com/見て#タグ https://example.com/page、#タグ", ["タグ"]),
        ("#️⃣ #😀 #", []),
        ("(#one)[#two]#three", ["one", "two", "three"]),
        ("#_ #_a_", ["a"]),
        ("x #" + "글" * (LONGEST_TAG + 1), []),
    ],
)
def test_tags_are_words_behind_a_hash_sign(text: str, tags: list[str]) -> None:
    assert tags_in(text) == tags


def test_a_text_has_no_more_tags_than_it_may() -> None:
    assert len(tags_in(" ".join(f"#t{number}" for number in range(MOST_TAGS + 5)))) == MOST_TAGS


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@mina hello @Joon.", ["mina", "Joon"]),
        ("@mina and @MINA again", ["mina"]),
        ("안녕@mina님, @joon이랑", ["mina", "joon"]),
        ("こんにちは@minaさん、＠ｊｏｏｎ", ["mina", "ｊｏｏｎ"]),
        ("¡hola @sora.k! ¿y @j_oon?", ["sora.k", "j_oon"]),
        ("write to mina@example.com or a.b@joon", []),
        ("@josé is no username, nor is @jose\u0301", []),
        ("@ab @" + "a" * 31, []),
        ("https://social.example/@mina www.example.com/@joon @sora", ["sora"]),
        ("@mina@other.example /@joon @@sora", []),
        ("(@mina)", ["mina"]),
    ],
)
def test_names_are_usernames_behind_an_at_sign(text: str, names: list[str]) -> None:
    assert names_in(text) == names


def test_a_text_names_no_more_than_it_may() -> None:
    assert len(names_in(" ".join(f"@name{number}" for number in range(MOST_MENTIONS + 5)))) == MOST_MENTIONS
