"""Addresses of pages in a text."""

import re

# As far as ASCII goes: Japanese and Chinese go on right behind an address, without a space.
LINK = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)


def without_links(text: str) -> str:
    """The text with a space in the place of each link; what stands inside one names nobody and is no tag."""
    return LINK.sub(" ", text)


def count_links(text: str) -> int:
    """How many links there are."""
    return sum(1 for _ in LINK.finditer(text))
