"""What the check at writing thinks of texts."""

from pathlib import Path

import pytest

from web.core.wording import Decision, Verdict
from web.moderation.check import check_text, is_shouted
from web.moderation.word_lists import WordLists

LISTS = WordLists.load()
REFUSED, FLAGGED = (Verdict(decision, "words") for decision in (Decision.REFUSE, Decision.FLAG))
FINE = Verdict()


@pytest.mark.parametrize(
    "text", ["you FAGGOT", "이 개새끼야", "早く死ね", "hijo  de PUTA", "k\u200bys", "ｋｙｓ"]
)
@pytest.mark.parametrize("language", [None, "en", "ko", "fr"])
def test_what_nobody_should_read_is_refused_whatever_its_language(text: str, language: str | None) -> None:
    assert check_text(text, language, LISTS) == REFUSED


@pytest.mark.parametrize(
    ("text", "language", "verdict"),
    [
        ("what a bitch", "en", FLAGGED),
        ("what a bitch", "en-GB", FLAGGED),
        ("what a bitch", None, FLAGGED),
        ("what a bitch", "ko", FINE),
        ("병신 같은", "ko", FLAGGED),
        ("la puta verdad", "es-MX", FLAGGED),
        ("la puta verdad", "tl", FINE),
    ],
)
def test_what_may_be_meant_badly_is_flagged_in_its_language(
    text: str, language: str | None, verdict: Verdict
) -> None:
    assert check_text(text, language, LISTS) == verdict


@pytest.mark.parametrize(
    "text",
    [
        "Scunthorpe is a town",
        "새 앱 출시발표와 여행의 시발점",
        "国土人口と郷土人形",
        "死ねない理由",
        "el computador y la reputación",
        "de puta madre",
        "spicy food",
        "see https://example.com/kys-whore",
    ],
)
def test_words_inside_of_others_are_harmless(text: str) -> None:
    assert check_text(text, None, LISTS) == FINE


@pytest.mark.parametrize(
    ("text", "shouts"),
    [
        ("HELLO WORLD", False),  # ten letters
        ("HELLO WORLDS", True),
        ("HELLO worlds", False),
        ("AAAAAAAAaab", False),  # 8 of 11
        ("AAAAAAAAAab", True),  # 9 of 11
        ("NASA와 ESA가 발표했어요", False),
        ("안녕하세요 여러분 반갑습니다", False),
        ("1234567890 OK!!!", False),
    ],
)
def test_shouting_is_more_than_ten_letters_mostly_capitals(text: str, shouts: bool) -> None:
    assert is_shouted(text) is shouts
    assert (check_text(text, None, LISTS).reason == "shouting") is shouts


@pytest.mark.parametrize("text", ["soooooo good", "what??????", "아아아아아아", "😀😀😀😀😀😀"])
def test_a_character_six_times_in_a_row_is_flagged(text: str) -> None:
    assert check_text(text, None, LISTS) == Verdict(Decision.FLAG, "repetition")


@pytest.mark.parametrize(
    "text",
    [
        "sooooo",
        "ㅋㅋㅋㅋㅋㅋㅋㅋ",
        "ㅠㅠㅠㅠㅠㅠ",
        "wwwwwwww",
        "笑笑笑笑笑笑",
        "えーーーーーーー",
        "1000000원",
        "------",
    ],
)
def test_laughing_lines_and_large_numbers_are_fine(text: str) -> None:
    assert check_text(text, None, LISTS) == FINE


@pytest.mark.parametrize(
    ("links", "verdict"),
    [
        (5, FINE),
        (6, Verdict(Decision.FLAG, "links")),
        (10, Verdict(Decision.FLAG, "links")),
        (11, Verdict(Decision.REFUSE, "links")),
    ],
)
def test_a_flood_of_links_is_flagged_then_refused(links: int, verdict: Verdict) -> None:
    text = " ".join(f"https://example.com/{number}を" for number in range(links))
    assert check_text(text, None, LISTS) == verdict


def test_an_installation_has_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('refuse = ["turnip"]')
    lists = WordLists.load(tmp_path)
    assert check_text("Turnip!", None, lists) == REFUSED
    assert check_text("you bitch", None, lists) == FINE
    assert check_text("개새끼", None, lists) == REFUSED


@pytest.mark.parametrize("content", ['refused = ["x"]', 'refuse = "x"', "refuse ="])
def test_a_list_that_cannot_be_read_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "fr.toml").write_text(content)
    with pytest.raises(ValueError, match=r"fr\.toml"):
        WordLists.load(tmp_path)
