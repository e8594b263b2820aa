"""The script that receives pushes in browsers, at the address that makes all of Plaza its scope."""

from functools import cache

from pyramid.response import Response

from web.core.requests import Request
from web.core.security import Permission
from web.core.ui import STATIC
from web.pages.views import page


@page("service_worker", Permission.PUBLIC)
def service_worker(request: Request) -> Response:
    """The script as it is now; browsers look for a new one by themselves, so it has no version."""
    return Response(body=_script(), content_type="text/javascript", charset="utf-8")


@cache
def _script() -> bytes:
    return (STATIC / "sw.js").read_bytes()
