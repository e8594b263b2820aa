"""What members tell of themselves, and the birth date that an account is incomplete without."""

from datetime import date
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel
from pyramid.httpexceptions import HTTPSeeOther

from web.accounts import queries
from web.accounts.schemas import Me
from web.accounts.schemas.profile import ProfileChange
from web.accounts.service import AccountService
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.languages import COMMON, own_name
from web.pages.notices import leave_notice
from web.pages.settings import settings_page
from web.pages.views import next_page, page, see_other

ALWAYS_SHOWN = (
    "nickname",
    "username",
    "full_name",
    "bio",
    "place",
    "interests",
    "native_languages",
    "target_languages",
    "zone",
    "locale",
)
_PLACES = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)


@settings_page("profile", template="profile")
@settings_page("profile", template="profile", method="POST")
def profile(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Change what one tells of oneself."""
    me = queries.me(request.db, request.member_id)
    form = Form(request, ProfileChange, me.model_dump(include={*ALWAYS_SHOWN}), shows=ALWAYS_SHOWN)
    if request.method == "POST":
        form.submit(lambda change: request.services[AccountService].change(request.member_id, change))
        if form.is_done:
            return leave_notice(request, see_other("/settings/profile"), "saved")
    return {
        "form": form,
        "me": me,
        "languages": language_choices(me),
        "zones": [(zone, zone.replace("_", " ")) for zone in _zones_with(me.zone)],
    }


def language_choices(me: Me) -> list[tuple[str, str]]:
    """Languages to choose from, each by its own name; also those that somebody has chosen elsewhere."""
    tags = dict.fromkeys((*COMMON, *me.native_languages, *me.target_languages))
    return [(tag, own_name(tag)) for tag in tags]


def _zones_with(own: str) -> list[str]:
    return sorted({zone for zone in available_timezones() if zone.startswith(_PLACES)} | {"UTC", own})


class BirthDate(BaseModel):
    """What a new account may still lack."""

    birth_date: date


@page("birth_date", Permission.ACCOUNT, template="birth_date")
@page("birth_date", Permission.ACCOUNT, template="birth_date", method="POST")
def birth_date(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Tell the birth date, without which an account may only look around."""
    form = Form(request, BirthDate)
    if request.method == "POST":
        change = request.services[AccountService].change
        form.submit(lambda told: change(request.member_id, ProfileChange(birth_date=told.birth_date)))
    if form.is_done or not queries.me(request.db, request.member_id).profile_incomplete:
        return see_other(next_page(request))
    return {"form": form, "next": next_page(request)}
