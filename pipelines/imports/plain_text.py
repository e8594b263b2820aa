"""HTML to plain text, for bodies written elsewhere."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    (
        "p",
        "div",
        "ul",
        "ol",
        "blockquote",
        "pre",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "section",
    )
)
_LINES = frozenset(("br", "li", "tr", "dt", "dd"))
_HIDDEN = frozenset(("script", "style"))
_SPACE = re.compile(r"[ \t\r\n\f]+")


class _Reader(HTMLParser):
    """Collects text: a blank line around blocks, a line per item, spaces collapsed outside ``pre``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._preformatted = 0
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in _BLOCKS:
            self._parts.append("\n\n")
        elif tag in _LINES:
            self._parts.append("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self._parts.append(" ")
        elif tag == "img":
            self._parts.append(dict(attrs).get("alt") or "")
        if tag == "pre":
            self._preformatted += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN and self._hidden:
            self._hidden -= 1
        elif tag in _BLOCKS:
            self._parts.append("\n\n")
        if tag == "pre" and self._preformatted:
            self._preformatted -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(data if self._preformatted else _SPACE.sub(" ", data))

    def text(self) -> str:
        joined = "".join(self._parts)
        joined = re.sub(r" *\n *- *\n\s*", "\n- ", joined)  # an item whose text is a paragraph
        joined = re.sub(r"[ \t]+\n", "\n", joined)
        return re.sub(r"\n{3,}", "\n\n", joined).strip()


def plain_text(html: str) -> str:
    """The text that a reader of this HTML would see; alternative texts stand for images."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


def shortened(text: str, limit: int) -> str:
    """``text``, or as many of its first words as fit into ``limit`` characters with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    cut = max(head.rfind(" "), head.rfind("\n"))
    # A language without spaces is cut where the room ends.
    return (head[:cut] if cut > limit // 2 else head).rstrip() + "…"
