"""Texts of members become HTML with links, and nothing that they wrote becomes anything else."""

from uuid import UUID

import pytest
from bs4 import BeautifulSoup

from web.content.schemas import Mentioned
from web.pages.texts import linked

MINA = Mentioned(user_id=UUID(int=7), name="mina")


def links(text: str) -> list[tuple[str, str]]:
    """Text and address of each link in a text."""
    page = BeautifulSoup(str(linked(text, [MINA])), "html.parser")
    return [(link.get_text(), link["href"]) for link in page.find_all("a")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "see https://example.com/a?b=c#d.",
            [("https://example.com/a?b=c#d", "https://example.com/a?b=c#d")],
        ),
        ("www.example.com, then", [("www.example.com", "https://www.example.com")]),
        (
            "#산책 and ＃日本語、です",
            [
                ("#산책", "/hashtags/%EC%82%B0%EC%B1%85"),
                ("＃日本語", "/hashtags/%E6%97%A5%E6%9C%AC%E8%AA%9E"),
            ],
        ),
        ("#हिन्दी", [("#हिन्दी", "/hashtags/%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A5%8D%E0%A4%A6%E0%A5%80")]),
        ("C# and #1 and &#39; are no tags", []),
        (
            "@mina, @MINA님 and @nobody",
            [("@mina", f"/members/{MINA.user_id}"), ("@MINA", f"/members/{MINA.user_id}")],
        ),
        ("mina@example.com and @mina@elsewhere.example", []),
        (
            "https://example.com/@mina#tag",
            [("https://example.com/@mina#tag", "https://example.com/@mina#tag")],
        ),
    ],
)
def test_what_a_text_names_is_linked(text: str, expected: list[tuple[str, str]]) -> None:
    assert links(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '#"><img src=x onerror=alert(1)>',
        'https://example.com/"onmouseover="alert(1)',
        "@mina<b>",
        "javascript:alert(1)",
    ],
)
def test_markup_stays_text(text: str) -> None:
    page = BeautifulSoup(str(linked(text, [MINA])), "html.parser")
    assert page.get_text() == text
    assert {element.name for element in page.find_all()} <= {"a"}
    for link in page.find_all("a"):
        assert set(link.attrs) <= {"href", "rel", "target", "class"}
        assert link["href"].startswith(("https://", "/"))
