"""Words that are not shown, or looked at: a TOML file for each language, and those of an installation."""

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from web.accounts.keywords import finding, keyword_key

_SHIPPED = Path(__file__).parent / "words"
_KEYS = {"refuse", "flag", "harmless"}
# What is not seen but keeps words from being found.
_INVISIBLE = dict.fromkeys([0x00AD, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF])

Finds = Callable[[str], bool]


@dataclass(frozen=True)
class WordList:
    """The words of one language.

    Attributes:
        refuses: finds words that are never shown, in a text that is in its form.
        flags: finds words that a moderator looks at.
        harmless: what is taken out before anything is looked for, in its normal form, the longest first.
    """

    refuses: Finds
    flags: Finds
    harmless: tuple[str, ...]

    def readable(self, words: str) -> str:
        """What there is to look through in a text, which is in its form."""
        for phrase in self.harmless:
            words = words.replace(phrase, " ")
        return " ".join(words.split()) if self.harmless else words


class WordLists:
    """The lists by language, an ISO 639-1 code."""

    def __init__(self, lists: dict[str, WordList]) -> None:
        self._lists = lists

    @classmethod
    def load(cls, own: Path | None = None) -> Self:
        """The lists that Plaza comes with.

        Args:
            own: a folder with lists of the installation; each stands in for Plaza's of its language.

        Raises:
            ValueError: naming the file that is no such list.
        """
        files = {path.stem: path for folder in (_SHIPPED, own) if folder for path in folder.glob("*.toml")}
        return cls({language: _read(path) for language, path in files.items()})

    def refuses(self, text: str) -> bool:
        """Whether there is something that is never shown, in whatever language the text says it is."""
        words = _form(text)
        return any(one.refuses(one.readable(words)) for one in self._lists.values())

    def flags(self, text: str, language: str | None) -> bool:
        """Whether there is something to look at, in the language of the text: in another it may be harmless.

        Args:
            language: None when it is not known; then all are tried.
        """
        known = self._lists.get(language) if language else None
        lists: Iterable[WordList] = self._lists.values() if language is None else [known] if known else []
        words = _form(text)
        return any(one.flags(one.readable(words)) for one in lists)


def _form(text: str) -> str:
    """A text in the form in which it is looked through, brought into it once for all languages."""
    return keyword_key(text.translate(_INVISIBLE))


def _read(path: Path) -> WordList:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error
    is_lists = all(isinstance(words, list) for words in values.values())
    if not is_lists or values.keys() - _KEYS:
        raise ValueError(f"{path}: a word list has lists called {', '.join(sorted(_KEYS))} and nothing else")
    harmless = sorted(map(keyword_key, values.get("harmless", [])), key=len, reverse=True)
    return WordList(finding(values.get("refuse", [])), finding(values.get("flag", [])), tuple(harmless))
