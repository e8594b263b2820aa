"""Theme, accent colour and size of letters."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.schemas.settings import AppearanceChange
from web.accounts.settings import SettingsService, appearance_of
from web.core.requests import Request
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.settings import settings_page
from web.pages.views import see_other

HERE = "/settings/appearance"


@settings_page("appearance", template="appearance")
@settings_page("appearance", template="appearance", method="POST")
def appearance(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Change the looks; scripts show a choice before it is saved."""
    if request.method == "GET":
        looks = appearance_of(request.db, request.member_id).model_dump()
        return {"form": Form(request, AppearanceChange, looks)}
    # A field for colours always has one; whether it counts is ticked beside it.
    own_color = request.POST.get("accent_color") if "own_color" in request.POST else None
    form = Form(request, AppearanceChange, {"accent_color": own_color}, accent_color=own_color)
    set_for = request.services[SettingsService].set_appearance
    form.submit(lambda change: set_for(request.member_id, change))
    return leave_notice(request, see_other(HERE), "saved") if form.is_done else {"form": form}
