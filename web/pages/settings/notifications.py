"""How the member is told: on which devices, by which channels, when not."""

from datetime import time
from typing import Any, Self

from pydantic import BaseModel, model_validator
from pyramid.httpexceptions import HTTPSeeOther

from web.core.requests import Request
from web.notifications.delivery.push_services import PushServices
from web.notifications.devices.queries import devices_of
from web.notifications.devices.service import DeviceService
from web.notifications.preferences import PreferenceService, preferences_of
from web.notifications.schemas import Digest, Preferences, PreferencesChange, QuietHours
from web.notifications.types import CHANNELS, NotificationTypes
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.settings import settings_page
from web.pages.views import id_in, see_other

HERE = "/settings/notifications"


class Wishes(BaseModel):
    """The form: all but the types, whose fields are named ``<type>:<channel>``."""

    push: bool = False
    email: bool = False
    sms: bool = False
    digest: Digest = "off"
    quiet_from: time | None = None
    quiet_until: time | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours have a beginning and an end")
        self.quiet_hours  # noqa: B018 - which refuses what begins when it ends
        return self

    @property
    def quiet_hours(self) -> QuietHours | None:
        """None for none."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return QuietHours(start=self.quiet_from, end=self.quiet_until)


@settings_page("notification_settings", template="notifications")
def notifications(request: Request) -> dict[str, Any]:
    """All of it."""
    return _page(request)


@settings_page("notification_settings", template="notifications", method="POST")
def set_notifications(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Change how the member is told."""
    form = Form(request, Wishes, shows=tuple(Wishes.model_fields))
    service = request.services[PreferenceService]
    form.submit(lambda wishes: service.change(request.member_id, _change(request, wishes)))
    return leave_notice(request, see_other(HERE), "saved") if form.is_done else _page(request, form)


@settings_page("remove_device", method="POST")
def remove_device(request: Request) -> HTTPSeeOther:
    """Tell the member on a device no more."""
    request.services[DeviceService].unregister(request.member_id, id_in(request, "device_id"))
    return leave_notice(request, see_other(HERE), "device_removed")


def _change(request: Request, wishes: Wishes) -> PreferencesChange:
    """What was ticked, of the types that the page has shown."""
    shown = {name for name in request.POST.getall("shown") if name in request.services[NotificationTypes]}
    types = {name: {channel: f"{name}:{channel}" in request.POST for channel in CHANNELS} for name in shown}
    return PreferencesChange.model_validate(
        {
            "channels": {"push": wishes.push, "email": wishes.email, "sms": wishes.sms},
            "quiet_hours": wishes.quiet_hours,
            "digest": wishes.digest,
            "types": types,
        }
    )


def _page(request: Request, form: Form[Wishes] | None = None) -> dict[str, Any]:
    """What the page shows; the form that was refused is shown as it was sent, the types as they are."""
    services, current = request.services, request.caller.session_id
    preferences = preferences_of(
        request.db, request.member_id, services[NotificationTypes], request.localizer
    )
    return {
        "form": form or Form(request, Wishes, _values(preferences), is_sent=False),
        "types": preferences.types,
        "devices": devices_of(request.db, request.member_id, now=request.clock.now(), current=current),
        "offers_web_push": services[PushServices].vapid_public_key is not None,
    }


def _values(preferences: Preferences) -> dict[str, Any]:
    hours = preferences.quiet_hours
    return {
        **preferences.channels.model_dump(),
        "digest": preferences.digest,
        "quiet_from": hours and f"{hours.start:%H:%M}",
        "quiet_until": hours and f"{hours.end:%H:%M}",
    }
