"""A copy of everything that Plaza holds about the member."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.my_data.service import MyDataService
from web.core.requests import Request
from web.pages.notices import leave_notice
from web.pages.settings import settings_page
from web.pages.views import see_other

HERE = "/settings/data"


@settings_page("my_data", template="data")
def my_data(request: Request) -> dict[str, Any]:
    """The newest copy, and a button for another one."""
    return {"copy": request.services[MyDataService].newest(request.member_id)}


@settings_page("my_data", method="POST")
def request_copy(request: Request) -> HTTPSeeOther:
    """Ask for a copy; within a day, asking again is the same as asking once."""
    service = request.services[MyDataService]
    service.request(request.member_id, request.caller.session_id, request.device)
    return leave_notice(request, see_other(HERE), "data_requested")
