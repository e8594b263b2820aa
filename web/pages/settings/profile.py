"""What members tell of themselves, and the birth date that an account is incomplete without."""

from collections.abc import Mapping
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
from web.media.profile_images import ProfileImageService
from web.pages.forms import WHOLE_FORM, Form
from web.pages.languages import COMMON, own_name
from web.pages.notices import leave_notice
from web.pages.settings import pictures, settings_page
from web.pages.settings.account import NothingMore
from web.pages.views import next_page, page, see_other

HERE = "/settings/profile"
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
            return leave_notice(request, see_other(HERE), "saved")
    return _page(request, me, form)


@page("picture", Permission.POST, template="settings/profile", method="POST")
def set_picture(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Show another picture of oneself, as soon as it is made."""
    purpose, form = pictures.purpose_in(request), Form(request, NothingMore)
    form.submit(lambda _nothing: pictures.take(request, purpose))
    if form.is_done:
        return leave_notice(request, see_other(HERE), "picture_sent")
    me = queries.me(request.db, request.member_id)
    told = Form(request, ProfileChange, me.model_dump(include={*ALWAYS_SHOWN}), is_sent=False)
    return _page(request, me, told, {purpose: form.errors[WHOLE_FORM]})


@settings_page("remove_picture", method="POST")
def remove_picture(request: Request) -> HTTPSeeOther:
    """Show no picture of oneself."""
    purpose = pictures.purpose_in(request)
    request.services[ProfileImageService].remove(request.member_id, purpose)
    return leave_notice(request, see_other(HERE), "picture_removed")


def _page(
    request: Request, me: Me, form: Form[ProfileChange], refused: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What the page shows; ``refused`` says why a picture was not taken."""
    return {
        "form": form,
        "me": me,
        "pictures": pictures.shown(request, me, refused or {}),
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
