"""What every page shares: the address of static files and the values that the layout needs."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from pyramid.config import Configurator
from pyramid.csrf import get_csrf_token
from pyramid.static import static_view

from web.core.security import Permission

STATIC = Path(__file__).parent.parent / "static"
FOREVER = 365 * 86400


@cache
def static_version() -> str:
    """A hash over all static files. One for all, so that modules may import each other by relative names."""
    digest = hashlib.sha256()
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def static_url(name: str) -> str:
    """The address of a static file, safe to cache for ever."""
    return f"/static/{static_version()}/{name}"


def _layout_values(event: Any) -> None:
    request = event.get("request")
    if request is None:
        return
    event["static_url"] = static_url
    event["csrf_token"] = lambda: get_csrf_token(request)
    event["locale"] = request.locale_name
    event["settings"] = request.settings
    event["csp_nonce"] = request.csp_nonce


def includeme(config: Configurator) -> None:
    """Serve static files (nginx does it in production) and fill the layout."""
    config.add_route("static", "/static/{version}/*subpath")
    config.add_view(
        static_view(str(STATIC), cache_max_age=FOREVER, use_subpath=True),
        route_name="static",
        permission=Permission.PUBLIC.value,
    )
    config.add_subscriber(_layout_values, "pyramid.events.BeforeRender")
