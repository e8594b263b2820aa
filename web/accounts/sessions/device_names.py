"""What people call a device, by what its browser or app says of itself."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import ua_parser

from web.core.devices import LONGEST_USER_AGENT
from web.core.i18n import _

REMEMBERED = 2048


class DeviceName(NamedTuple):
    """Families of browser (or app) and system, without versions; None where they are not known."""

    browser: str | None
    system: str | None


@lru_cache(maxsize=REMEMBERED)
def device_name(user_agent: str | None) -> DeviceName:
    """What a ``User-Agent`` header says: ``("Firefox", "Windows")``."""
    if not user_agent:
        return DeviceName(None, None)
    said = ua_parser.parse(user_agent[:LONGEST_USER_AGENT])
    return DeviceName(
        said.user_agent.family if said.user_agent else None, said.os.family if said.os else None
    )


_UNKNOWN = {"web": _("Browser"), "api": _("App"), "cli": _("Command line")}


def device_label(user_agent: str | None, client: str | None, translate: Callable[[str], str]) -> str:
    """A device in the reader's words: "Firefox on Windows", or the kind of client when nothing is known.

    Args:
        client: ``web``, ``api`` or ``cli``; None where that is not known either.
        translate: turns marked texts into the reader's language.
    """
    name = device_name(user_agent)
    if name.browser and name.system:
        return translate(
            _("${browser} on ${system}", mapping={"browser": name.browser, "system": name.system})
        )
    if name.browser or name.system:
        return name.browser or name.system or ""
    return translate(_UNKNOWN.get(client or "", _("Unknown device")))
