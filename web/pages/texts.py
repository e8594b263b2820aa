"""What members wrote, as HTML: addresses, hashtags and members that it names become links."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from markupsafe import Markup, escape
from pyramid.config import Configurator

from web.accounts.policy import username_key
from web.content.hashtags import tags_in, word_end
from web.content.mentions import names_in
from web.content.schemas import Mentioned
from web.core.links import LINK

_START = re.compile(rf"{LINK.pattern}|[#＃@＠]", LINK.flags)
_NAME = re.compile(r"[\w.．]+")
_AFTER_LINK = ".,;:!?)]}'\"*"  # what ends a sentence around an address is no part of it


def linked(text: str, mentions: Iterable[Mentioned] = ()) -> Markup:
    """A text with its links; everything else in it is shown as it is written.

    What is a tag or a name is decided where texts are read; here it is only looked for.

    Args:
        mentions: the members whom it names; other words behind an ``@`` stay words.
    """
    members = {username_key(each.name): each for each in mentions}
    parts: list[Markup] = []
    done = 0
    for found in _START.finditer(text):
        start = found.start()
        if start < done:
            continue
        link, end = _link_at(text, start, found.group(), members)
        if link is not None:
            parts += (escape(text[done:start]), link)
            done = end
    return Markup("").join([*parts, escape(text[done:])])


def _link_at(text: str, start: int, what: str, members: dict[str, Mentioned]) -> tuple[Markup | None, int]:
    """The link that begins at a place in a text, if one does, and where it ends."""
    with_before = max(start - 1, 0)
    if what in "#＃":
        end = word_end(text, start + 1)
        tags = tags_in(text[with_before:end])
        link = Markup('<a class="hashtag" href="/hashtags/{}">{}</a>')
        return (link.format(quote(tags[0], safe=""), text[start:end]), end) if tags else (None, end)
    if what in "@＠":
        name = _NAME.match(text, start + 1)
        names = names_in(text[with_before : name.end() + 1]) if name else []
        member = members.get(username_key(names[0])) if names else None
        if member is None:
            return None, start
        end = start + 1 + len(names[0])
        link = Markup('<a class="mention" href="/members/{}">{}</a>')
        return link.format(member.user_id, text[start:end]), end
    address = what.rstrip(_AFTER_LINK)
    full = address if "://" in address else f"https://{address}"
    link = Markup('<a href="{}" rel="nofollow noopener ugc" target="_blank">{}</a>')
    return link.format(full, address), start + len(address)


def includeme(config: Configurator) -> None:
    """Let every template call ``linked``."""
    config.add_subscriber(lambda event: event.update(linked=linked), "pyramid.events.BeforeRender")
