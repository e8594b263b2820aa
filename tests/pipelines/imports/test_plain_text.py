"""HTML bodies as readers would see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.imports.plain_text import plain_text, shortened


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p>\n\n<p>Two &amp; three</p>\n", "One\n\nTwo & three"),
        ("a<br>b", "a\nb"),
        ("<p>See  <a href='https://x.example'>this\nlink</a>.</p>", "See this link."),
        ("<ul>\n<li>one</li>\n<li><p>two</p></li>\n</ul>", "- one\n- two"),
        ("<pre><code>if x:\n    y</code></pre>", "if x:\n    y"),
        ("<p>1 &lt; 2 &#x27;ok&#39;</p>", "1 < 2 'ok'"),
        ("<img src='x.png' alt='a map'>", "a map"),
        ("<script>alert(1)</script><p>safe</p>", "safe"),
        ("<table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n c"),
        ("no tags at all", "no tags at all"),
        ("", ""),
    ],
)
def test_plain_text(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_short_texts_stay_and_long_ones_end_at_a_word() -> None:
    assert shortened("one two", 7) == "one two"
    assert shortened("one two three", 10) == "one two…"
    assert shortened("가" * 20, 10) == "가" * 9 + "…"


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_shortened_never_exceeds_the_limit(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert len(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
